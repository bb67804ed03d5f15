import type { Random } from "../../src/ports/random.ts";

/** A disk writes whole sectors. */
export const SECTOR_BYTES = 512;

/** Decides what a power cut leaves where more than one thing is legal. */
export interface Fate {
  /** One of `count` versions, 0 for the durable one, the last for what processes saw. */
  version(count: number): number;
  /** How far a file had grown on its way from one length to another. */
  length(from: number, to: number): number;
}

const MOODS = ["old", "new", "any"] as const;
/** How often chance changes its mood. */
const MOOD_CHANGE = 0.05;

/**
 * Fate by chance. It has moods: were every sector decided by itself, none of a thousand images
 * would have all of a long file, or nothing of it.
 */
export function randomFate(random: Random): Fate {
  const anyMood = () => MOODS[Math.floor(random() * MOODS.length)]!;
  let mood = anyMood();
  const between = (from: number, to: number) => {
    if (random() < MOOD_CHANGE) mood = anyMood();
    if (mood === "any") return from + Math.floor(random() * (to - from + 1));
    return mood === "old" ? from : to;
  };
  return { version: (count) => between(0, count - 1), length: between };
}

/** Every fate there is, one after the other; lengths are cut at sectors. */
export function* everyFate(): Generator<Fate> {
  const decisions: { taken: number; readonly count: number }[] = [];
  do {
    let depth = 0;
    const version = (count: number) => {
      decisions[depth] ??= { taken: 0, count };
      return decisions[depth++]!.taken;
    };
    const length = (from: number, to: number) => {
      const lengths = [from];
      const sector = Math.floor(from / SECTOR_BYTES) + 1;
      for (let at = sector * SECTOR_BYTES; at < to; at += SECTOR_BYTES) lengths.push(at);
      return [...lengths, to][version(lengths.length + 1)]!;
    };
    yield { version, length };
    while (decisions.at(-1)?.taken === (decisions.at(-1)?.count ?? 0) - 1) decisions.pop();
    const last = decisions.at(-1);
    if (last !== undefined) last.taken++;
  } while (decisions.length > 0);
}
