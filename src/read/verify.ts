import { join } from "node:path";
import { BlockReplay } from "../book/block-replay.ts";
import { bookLevels } from "../book/event-levels.ts";
import type { Block } from "../format/block-reader.ts";
import { CHUNK_KIND } from "../format/chunk.ts";
import { DAMAGE, type Damage } from "../format/chunk-scanner.ts";
import { PolybotError } from "../format/error.ts";
import type { FileHead } from "../format/file-head.ts";
import type { InspectedWhole } from "../format/inspect-whole.ts";
import type { SessionMetadata } from "../format/metadata.ts";
import { lostIn } from "../format/repair-note.ts";
import { type IndexEntry, isSameIndex } from "../format/segment-end.ts";
import { supersededFrom } from "../format/superseded.ts";
import { type Fs, systemFs } from "../ports/fs.ts";
import { METADATA_NAME, SNAPSHOT_NAME } from "../store/paths.ts";
import { checkBlockHashes } from "./block-hashes.ts";
import { findFlippedBit } from "./flipped-bit.ts";
import { LiteralHashes } from "./literal-hashes.ts";
import { readHeads } from "./segment-heads.ts";
import { readSegment } from "./segment-reader.ts";
import type { Identity, SegmentFile, SessionFolder } from "./session-folder.ts";
import { checkTombstones } from "./tombstone-check.ts";
import type { TombstoneFile } from "./tombstone-file.ts";
import {
  addVerification,
  NOTHING_MORE,
  noVerification,
  type Problem,
  type Verification,
} from "./verification.ts";

export interface VerifyOptions {
  /** Also judges the hashes that were stored, with all recipes known today. */
  readonly proveStored?: boolean;
  /**
   * Ids of the recorders that live, as of before; without them nobody knows, and every session
   * without an end may be being written.
   */
  readonly living?: ReadonlySet<string>;
  /** Looked at behind the sessions. */
  readonly tombstones?: readonly TombstoneFile[];
  readonly fs?: Fs;
}

/** Reads every byte of the sessions and checks all that can be checked. Changes nothing. */
export async function verify(
  sessions: readonly SessionFolder[],
  options: VerifyOptions = {},
): Promise<Verification> {
  const result = noVerification();
  for (const session of sessions) {
    const found = await checkSession(session, options);
    if (found !== undefined) addVerification(result, found);
  }
  for (const file of options.tombstones ?? []) addVerification(result, await checkTombstones(file));
  return result;
}

/** `undefined` if the session was pruned meanwhile: it is none any more, and nothing is wrong. */
async function checkSession(
  session: SessionFolder,
  options: VerifyOptions,
): Promise<Verification | undefined> {
  const found = noVerification();
  try {
    await new SessionCheck(session, options, found).run();
  } catch (error) {
    if (await session.isGone()) return undefined;
    throw error;
  }
  return (await session.isGone()) ? undefined : found;
}

/** The checks of one session. */
class SessionCheck {
  readonly #session: SessionFolder;
  readonly #fs: Fs;
  readonly #options: VerifyOptions;
  #stored: LiteralHashes | undefined;
  readonly #result: Verification;
  #metadata: SessionMetadata | undefined;
  #isOpen = false;
  #hasSnapshot = false;
  /** A block has a book that can be an opening book. */
  #hasBook = false;
  #updates = 0;
  /** The next update's number, once the first block said where to start. */
  #nextSequence: number | undefined;
  /** A segment without index and tail: left unfinished if the next one says so. */
  #unended: string | undefined;
  /** The last reported damage may be what a following hole in the numbers is due to. */
  #damageBefore: Problem | undefined;

  constructor(session: SessionFolder, options: VerifyOptions, result: Verification) {
    this.#session = session;
    this.#fs = options.fs ?? systemFs;
    this.#options = options;
    this.#result = result;
  }

  async run(): Promise<void> {
    const session = this.#session;
    this.#result.sessions++;
    const segments = await session.segments();
    const heads: [path: string, head: FileHead | undefined][] = [];
    if (session.isLoneSegment) {
      // A lone segment answers for itself alone; its session only says whether it may grow.
      this.#metadata = await session.soundMetadata();
    } else {
      const metadata = await this.#wholeFile(METADATA_NAME, () => session.inspectMetadata());
      const snapshot = await this.#wholeFile(SNAPSHOT_NAME, () => session.inspectSnapshot());
      this.#metadata = metadata?.content;
      this.#hasSnapshot = snapshot !== undefined;
      heads.push([METADATA_NAME, metadata?.head], [SNAPSHOT_NAME, snapshot?.head]);
    }
    const identity = await session.identity(this.#metadata);
    for (const [name, head] of heads) this.#compareHead(join(session.path, name), head, identity);
    const isLiving = this.#options.living?.has(identity.recorderId);
    // What a recorder has just begun may have no metadata yet.
    this.#isOpen = this.#metadata ? this.#metadata.end_reason === null : isLiving === true;
    if (this.#isOpen) this.#result.open++;
    if (this.#isOpen && isLiving === false) this.#result.crashed++;
    if (this.#options.proveStored) this.#stored = new LiteralHashes(identity);
    // A lone segment need not be the first.
    if (!session.isLone) this.#nextSequence = this.#metadata?.first_sequence;
    const later = await readHeads(this.#fs, segments.slice(1), identity);
    const ends = supersededFrom([undefined, ...later]);
    for (const [i, segment] of segments.entries()) {
      if (!session.isLone && segment.number !== i + 1) {
        this.#report(segment.path, "the segment before it is missing");
      }
      const mayBeOpen = this.#isOpen && (await session.isLast(segment));
      await this.#segment(segment, identity, { mayBeOpen, end: ends[i]! });
    }
    this.#reportUnended();
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

  /** `end`: from this update on a later segment has all again. */
  async #segment(
    segment: SegmentFile,
    identity: Identity,
    { mayBeOpen, end }: { readonly mayBeOpen: boolean; readonly end: number },
  ): Promise<void> {
    this.#result.segments++;
    this.#result.bytes += segment.bytes;
    // It has just been begun, and goes again where its recorder died over it.
    if (mayBeOpen && segment.bytes === 0) return;
    const places: IndexEntry[] = [];
    let index: readonly IndexEntry[] | undefined;
    let damages = 0;
    for await (const part of readSegment(this.#fs, segment, identity)) {
      if (part.kind === "head") {
        const number = this.#session.isLone ? part.head.segment : segment.number;
        this.#compareHead(segment.path, part.head, identity, number);
        if (part.head.resumes) this.#unended = undefined;
        this.#reportUnended();
      } else if (part.kind === "damage") {
        // The writer may be in the middle of its last chunk.
        if (mayBeOpen && part.damage.reason === DAMAGE.torn) continue;
        damages++;
        await this.#damage(segment.path, part.damage);
      } else if (part.kind === "block") {
        places.push(part.place);
        this.#result.blocks++;
        if (part.place.firstSequence >= end) continue;
        this.#block(segment.path, part.place);
        this.#rows(part.block, identity);
        this.#hashes(segment.path, part.place, part.block, identity);
      } else if (part.kind === "index") {
        index = part.entries;
      } else if (part.end === "open" && !mayBeOpen && damages === 0) {
        this.#reportUnended();
        this.#unended = segment.path;
      }
    }
    if (index !== undefined && damages === 0 && !isSameIndex(index, places)) {
      this.#report(segment.path, "its index does not match its blocks");
    }
  }

  #block(file: string, place: IndexEntry): void {
    const expected = this.#nextSequence ?? place.firstSequence;
    this.#result.updates += place.records;
    this.#updates += place.records;
    if (place.firstSequence !== expected) this.#hole(file, place, expected);
    else this.#goesOn();
    this.#damageBefore = undefined;
    this.#nextSequence = place.firstSequence + place.records;
  }

  /** Nothing is missing before this block, whatever was damaged. */
  #goesOn(): void {
    const before = this.#damageBefore;
    if (before === undefined) return;
    const nothing = { first_sequence: null, last_sequence: null };
    this.#result.problems[this.#result.problems.indexOf(before)] = { ...before, ...nothing };
  }

  #reportUnended(): void {
    const file = this.#unended;
    this.#unended = undefined;
    if (file !== undefined)
      this.#report(file, "its end is missing: it was sealed with index and tail");
  }

  /** Looks for what was lost before, and for a book that the snapshot must have. */
  #rows(block: Block, identity: Identity): void {
    const { firstSequence, rows } = block;
    const lost = lostIn(rows.at(-1), firstSequence + rows.length - 1);
    if (lost !== undefined) {
      this.#result.lost += lost.updates;
      this.#nextSequence = lost.last + 1;
    }
    if (this.#hasBook || !rows.some(({ type }) => type === "book")) return;
    const replay = new BlockReplay(block, identity);
    this.#hasBook = rows.some(
      ({ type }, i) => type === "book" && bookLevels(replay.event(i)) !== undefined,
    );
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

  async #damage(file: string, damage: Damage): Promise<void> {
    const flipped = await findFlippedBit(this.#fs, file, damage);
    const header = damage.header ?? flipped?.header;
    const isBlock = header?.kind === CHUNK_KIND.block;
    this.#damageBefore = this.#report(file, damage.reason, {
      offset: damage.offset,
      block: header?.number ?? null,
      first_sequence: isBlock ? header.firstSequence : null,
      last_sequence: isBlock ? header.firstSequence + header.records - 1 : null,
      flipped_bit: flipped ? { offset: flipped.offset, bit: flipped.bit } : null,
    });
  }

  /** A sound file may still be another's. */
  #compareHead(file: string, head: FileHead | undefined, identity: Identity, segment = 0): void {
    if (head === undefined) return;
    const keys = ["tokenId", "market", "sessionId", "recorderId"] as const;
    if (keys.some((key) => head[key] !== identity[key])) {
      this.#report(file, "it is a file of another session");
    } else if (head.segment !== segment) {
      this.#report(file, `it is segment ${head.segment}, under another's name`);
    }
  }

  /** A sealed session's metadata says what must be there. */
  #compareMetadata(segments: readonly SegmentFile[]): void {
    const metadata = this.#metadata;
    const file = join(this.#session.path, METADATA_NAME);
    const told = this.#result.problems.some(({ file: at }) => at.startsWith(this.#session.path));
    if (this.#isOpen) return;
    if (metadata === undefined && segments.length > 0 && !told) this.#report(file, "it is missing");
    if (this.#hasBook && !this.#hasSnapshot) {
      this.#report(join(this.#session.path, SNAPSHOT_NAME), "it is missing");
    }
    if (metadata === undefined) return;
    if (segments.length < metadata.segments) {
      this.#report(file, `${metadata.segments - segments.length} of its segments are missing`);
    } else if (!told && this.#updates !== metadata.update_count) {
      this.#report(file, `it counts ${metadata.update_count} updates, there are ${this.#updates}`);
    }
  }

  /** What is in a file that is written as a whole; `undefined` if there is none. */
  async #wholeFile<T>(
    name: string,
    inspect: () => Promise<InspectedWhole<T> | undefined>,
  ): Promise<InspectedWhole<T> | undefined> {
    const file = join(this.#session.path, name);
    try {
      const inspected = await inspect();
      for (const damage of inspected?.damage ?? []) await this.#damage(file, damage);
      return inspected;
    } catch (error) {
      if (!(error instanceof PolybotError)) throw error;
      this.#report(file, error.message);
      return { head: undefined, content: undefined, damage: [] };
    } finally {
      // Its damage costs no updates.
      this.#damageBefore = undefined;
    }
  }

  #report(file: string, reason: string, more: Partial<Problem> = {}): Problem {
    const problem: Problem = { file, reason, ...NOTHING_MORE, ...more };
    this.#result.problems.push(problem);
    return problem;
  }
}
