import { BlockReplay } from "../book/block-replay.ts";
import type { Implied } from "../format/block.ts";
import type { Block } from "../format/block-reader.ts";
import { fieldString, fieldsOf, type MarketEvent } from "../format/market-event.ts";
import type { Names } from "../format/metadata.ts";
import type { LostRange } from "../format/repair-note.ts";
import type { BinarySnapshot } from "../format/snapshot.ts";
import { openingSnapshot, runningSnapshot } from "./opening-snapshot.ts";
import { ROLL } from "./session-roll.ts";

const NAME_KEYS = ["question", "slug", "outcome", "end_date", "event"] as const;

/** What a session's blocks say of it: metadata and snapshot can be made anew from this. */
export class SessionFacts {
  /** Receive times, microseconds since the epoch; `undefined` while there was no update. */
  startUs: number | undefined;
  endUs = 0;
  updates = 0;
  /** Of the last note that has them. */
  names: Names | undefined;
  /** The first book that is left, as a snapshot tells it. */
  opening: Omit<BinarySnapshot, "outcome"> | undefined;
  /** The session that this one continues. */
  predecessor: string | null = null;
  readonly #implied: Implied;

  constructor(implied: Implied) {
    this.#implied = implied;
  }

  /** Takes the session's blocks in order. */
  take(block: Block): void {
    const replay = new BlockReplay(block, this.#implied);
    const { tokenId, market } = this.#implied;
    for (const [i, { type, receivedUs }] of block.rows.entries()) {
      this.startUs ??= receivedUs;
      this.endUs = Math.max(this.endUs, receivedUs);
      this.updates++;
      if (type === "note") {
        const note = replay.event(i);
        this.names = namesIn(note) ?? this.names;
        if (fieldString(note, "kind") === ROLL) this.#rolled(block, note);
      }
      if (type === "book") {
        this.opening ??= openingSnapshot(tokenId, market, replay.event(i), receivedUs);
      }
    }
  }

  /** The session goes on with the book that its first block begins with. */
  #rolled({ rows, keyframe }: Block, note: MarketEvent): void {
    const { tokenId, market } = this.#implied;
    this.predecessor = fieldString(note, "cause") ?? null;
    if (keyframe === null) return;
    this.opening = runningSnapshot(tokenId, market, keyframe, rows[0]!.receivedUs);
  }

  /** Takes a note of lost updates that is to be added. */
  addLost({ fromUs }: LostRange): void {
    this.startUs = Math.min(this.startUs ?? fromUs, fromUs);
    this.endUs = Math.max(this.endUs, fromUs);
    this.updates++;
  }
}

function namesIn(note: MarketEvent): Names | undefined {
  if (fieldString(note, "kind") !== "names") return undefined;
  const fields = fieldsOf(note);
  const texts = NAME_KEYS.map((key) => [key, String(fields[key] ?? "")]);
  return Object.fromEntries(texts) as Names;
}
