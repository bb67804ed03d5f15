import { expect } from "bun:test";
import { updateLine } from "../../src/cli/update-text.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";

interface Line {
  readonly token_id: string;
  readonly session_id: string;
  readonly sequence_number: number;
}

/** A journal's updates come without a verdict, which a block has. */
const VERDICT = /"verdict":"[a-z-]+",/;

/**
 * What a follower printed of each session, as a hash a line: a session's lines must be numbered
 * from 1 without a hole or a double, which is checked as they come.
 */
export class FollowedSessions {
  readonly #hashes = new Map<string, number[]>();
  #rest = "";
  lines = 0;

  /** Takes output as it comes, cut anywhere. */
  take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.takeLine(line);
  }

  takeLine(text: string): void {
    const { token_id, session_id, sequence_number } = JSON.parse(text) as Line;
    // The channels of two recorders that lived in the same second have the same name.
    if (token_id === "") return;
    const session = `${token_id}/${session_id}`;
    const hashes = this.#hashes.get(session) ?? [];
    if (sequence_number !== hashes.length + 1) {
      throw new Error(`${session}: ${sequence_number} comes behind ${hashes.length}`);
    }
    hashes.push(Number(BigInt.asUintN(53, Bun.hash.wyhash(text.replace(VERDICT, "")))));
    this.#hashes.set(session, hashes);
    this.lines++;
  }

  /** The sessions of which `truth` has more. */
  lackOf(truth: FollowedSessions): string[] {
    return [...truth.#hashes].flatMap(([session, { length }]) => {
      const own = this.#hashes.get(session)?.length ?? 0;
      return own < length ? `${session}: ${own} of ${length}` : [];
    });
  }

  /** Of each session this must have a beginning of what `truth` has. */
  expectBeginningOf(truth: FollowedSessions): void {
    for (const [session, hashes] of this.#hashes) {
      const whole = truth.#hashes.get(session) ?? [];
      const wrong = hashes.findIndex((hash, i) => hash !== whole[i]);
      expect({ session, wrong }).toEqual({ session, wrong: -1 });
    }
  }
}

/** What a store gives to whoever reads it once all is sealed. */
export async function sealedSessions(store: string): Promise<FollowedSessions> {
  const sealed = new FollowedSessions();
  for (const session of await new Store(store).folders()) {
    for await (const update of new SessionReader(session)) sealed.takeLine(updateLine(update));
  }
  return sealed;
}
