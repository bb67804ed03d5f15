import { join } from "node:path";
import type { Block } from "../format/block-reader.ts";
import { DAMAGE, type Damage } from "../format/chunk-scanner.ts";
import { PolybotError } from "../format/error.ts";
import type { SessionMetadata } from "../format/metadata.ts";
import type { IndexEntry } from "../format/segment-end.ts";
import { type Fs, systemFs } from "../ports/fs.ts";
import { METADATA_NAME, SNAPSHOT_NAME } from "../store/paths.ts";
import { checkBlockHashes } from "./block-hashes.ts";
import { LiteralHashes } from "./literal-hashes.ts";
import { readSegment } from "./segment-reader.ts";
import type { Identity, SegmentFile, SessionFolder } from "./session-folder.ts";

/** A damaged or missing place. */
export interface Problem {
  readonly file: string;
  /** Byte in the file; `null` where the whole file is meant. */
  readonly offset: number | null;
  /** Chunk number in the file, where it is known. */
  readonly block: number | null;
  readonly reason: string;
  /** The updates that are lost with it, where that is known. */
  readonly first_sequence: number | null;
  readonly last_sequence: number | null;
}

/** Updates by what was found out about their hashes. */
export interface HashCounts {
  /** Made again from the books. */
  checked: number;
  /** Of those, in blocks whose evidence says that the venue sent these. */
  matched: number;
  /** Stored as the venue sent them, and not made again. */
  literal: number;
  /** In blocks that contradict their evidence. */
  failed: number;
}

export interface Verification {
  sessions: number;
  /** Sessions without an end: being written, or of a recorder that died. */
  open: number;
  segments: number;
  blocks: number;
  updates: number;
  /** Of all segments. */
  bytes: number;
  /** Damaged places: as many as `problems`. */
  damaged: number;
  hashes: HashCounts;
  problems: Problem[];
}

export interface VerifyOptions {
  /** Also judges the hashes that were stored, with all recipes known today. */
  readonly proveStored?: boolean;
  readonly fs?: Fs;
}

/** Reads every byte of the sessions and checks all that can be checked. Changes nothing. */
export async function verify(
  sessions: readonly SessionFolder[],
  options: VerifyOptions = {},
): Promise<Verification> {
  const result: Verification = {
    sessions: 0,
    open: 0,
    segments: 0,
    blocks: 0,
    updates: 0,
    bytes: 0,
    damaged: 0,
    hashes: { checked: 0, matched: 0, literal: 0, failed: 0 },
    problems: [],
  };
  for (const session of sessions) await new SessionCheck(session, options, result).run();
  result.damaged = result.problems.length;
  return result;
}

/** The checks of one session, added to a common result. */
class SessionCheck {
  readonly #session: SessionFolder;
  readonly #fs: Fs;
  readonly #provesStored: boolean;
  #stored: LiteralHashes | undefined;
  readonly #result: Verification;
  #metadata: SessionMetadata | undefined;
  #updates = 0;
  /** The next update's number, once the first block said where to start. */
  #nextSequence: number | undefined;
  /** The last reported damage may be what a following hole in the numbers is due to. */
  #damageBefore: Problem | undefined;

  constructor(session: SessionFolder, options: VerifyOptions, result: Verification) {
    this.#session = session;
    this.#fs = options.fs ?? systemFs;
    this.#provesStored = options.proveStored === true;
    this.#result = result;
  }

  async run(): Promise<void> {
    const session = this.#session;
    this.#result.sessions++;
    const segments = await session.segments();
    if (session.isLoneSegment) {
      // A lone segment answers for itself alone; its session only says whether it may grow.
      this.#metadata = await session.soundMetadata();
    } else {
      this.#metadata = await this.#wholeFile(METADATA_NAME, () => session.metadata());
      await this.#wholeFile(SNAPSHOT_NAME, () => session.snapshot());
    }
    const isOpen = this.#metadata?.end_reason === null;
    if (isOpen) this.#result.open++;
    const identity = await session.identity(this.#metadata);
    if (this.#provesStored) this.#stored = new LiteralHashes(identity);
    // A lone segment need not be the first.
    if (!session.isLone) this.#nextSequence = this.#metadata?.first_sequence;
    for (const [i, segment] of segments.entries()) {
      if (!session.isLone && segment.number !== i + 1) {
        this.#report(segment.path, "the segment before it is missing");
      }
      const mayBeOpen = isOpen && (await session.isLast(segment));
      await this.#segment(segment, identity, mayBeOpen);
    }
    if (!session.isLone) this.#compareMetadata(segments);
    this.#addProven();
  }

  /** What was only stored counts as made again where it could be. */
  #addProven(): void {
    const { hashes } = this.#result;
    this.#stored?.end();
    const proven = this.#stored?.proven ?? 0;
    hashes.literal -= proven;
    hashes.checked += proven;
    hashes.matched += proven;
  }

  async #segment(segment: SegmentFile, identity: Identity, mayBeOpen: boolean): Promise<void> {
    this.#result.segments++;
    this.#result.bytes += segment.bytes;
    const places: IndexEntry[] = [];
    let index: readonly IndexEntry[] | undefined;
    let damages = 0;
    for await (const part of readSegment(this.#fs, segment, identity)) {
      if (part.kind === "damage") {
        // The writer may be in the middle of its last chunk.
        if (mayBeOpen && part.damage.reason === DAMAGE.torn) continue;
        damages++;
        this.#damage(segment.path, part.damage);
      } else if (part.kind === "block") {
        places.push(part.place);
        this.#block(segment.path, part.place);
        this.#hashes(segment.path, part.place, part.block, identity);
      } else if (part.kind === "index") {
        index = part.entries;
      } else if (part.end === "open" && !mayBeOpen && damages === 0) {
        this.#report(segment.path, "its end is missing: it was sealed with index and tail");
      }
    }
    if (index !== undefined && damages === 0 && !sameIndex(index, places)) {
      this.#report(segment.path, "its index does not match its blocks");
    }
  }

  #block(file: string, place: IndexEntry): void {
    this.#result.blocks++;
    this.#result.updates += place.records;
    this.#updates += place.records;
    const expected = this.#nextSequence ?? place.firstSequence;
    if (place.firstSequence !== expected) this.#hole(file, place, expected);
    this.#damageBefore = undefined;
    this.#nextSequence = place.firstSequence + place.records;
  }

  #hashes(file: string, place: IndexEntry, block: Block, identity: Identity): void {
    const { hashes } = this.#result;
    const { derived, literal, failure } = checkBlockHashes(block, identity);
    hashes.checked += derived;
    hashes.literal += literal;
    if (failure === undefined) {
      hashes.matched += derived;
      this.#stored?.take(block);
      return;
    }
    hashes.failed += derived + literal;
    const { offset, number, records, firstSequence, minUs } = place;
    const time = new Date(minUs / 1000).toISOString();
    this.#report(file, `${failure} (token ${identity.tokenId}, from ${time})`, {
      offset,
      block: number,
      first_sequence: firstSequence,
      last_sequence: firstSequence + records - 1,
    });
  }

  /** Numbers are missing: because of the damage just told, or without any other sign. */
  #hole(file: string, place: IndexEntry, expected: number): void {
    const lost = { first_sequence: expected, last_sequence: place.firstSequence - 1 };
    const before = this.#damageBefore;
    if (before !== undefined) {
      this.#result.problems[this.#result.problems.indexOf(before)] = { ...before, ...lost };
    } else {
      const reason = "updates are missing before it, or come again";
      this.#report(file, reason, { offset: place.offset, block: place.number, ...lost });
    }
  }

  #damage(file: string, { offset, reason, header }: Damage): void {
    const isBlock = header !== undefined && header.records > 0 && header.firstSequence > 0;
    this.#damageBefore = this.#report(file, reason, {
      offset,
      block: header?.number ?? null,
      first_sequence: isBlock ? header.firstSequence : null,
      last_sequence: isBlock ? header.firstSequence + header.records - 1 : null,
    });
  }

  /** A sealed session's metadata says what must be there. */
  #compareMetadata(segments: readonly SegmentFile[]): void {
    const metadata = this.#metadata;
    const file = join(this.#session.path, METADATA_NAME);
    const told = this.#result.problems.some(({ file: at }) => at.startsWith(this.#session.path));
    if (metadata === undefined && segments.length > 0 && !told) this.#report(file, "it is missing");
    if (metadata === undefined || metadata.end_reason === null) return;
    if (segments.length < metadata.segments) {
      this.#report(file, `${metadata.segments - segments.length} of its segments are missing`);
    } else if (!told && this.#updates !== metadata.update_count) {
      this.#report(file, `it counts ${metadata.update_count} updates, there are ${this.#updates}`);
    }
  }

  async #wholeFile<T>(name: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof PolybotError)) throw error;
      this.#report(join(this.#session.path, name), error.message);
      return undefined;
    }
  }

  #report(file: string, reason: string, more: Partial<Problem> = {}): Problem {
    const nothing = { offset: null, block: null, first_sequence: null, last_sequence: null };
    const problem: Problem = { file, reason, ...nothing, ...more };
    this.#result.problems.push(problem);
    return problem;
  }
}

function sameIndex(index: readonly IndexEntry[], places: readonly IndexEntry[]): boolean {
  return (
    index.length === places.length &&
    index.every((entry, i) => {
      const place = places[i]!;
      return (
        entry.offset === place.offset &&
        entry.number === place.number &&
        entry.records === place.records &&
        entry.firstSequence === place.firstSequence &&
        entry.minUs === place.minUs &&
        entry.maxUs === place.maxUs
      );
    })
  );
}
