import { BlockReplay } from "../book/block-replay.ts";
import type { Block } from "../format/block-reader.ts";
import { DAMAGE, type Damage } from "../format/chunk-scanner.ts";
import type { SessionMetadata } from "../format/metadata.ts";
import { supersededFrom } from "../format/superseded.ts";
import type { Fs } from "../ports/fs.ts";
import { basePathOf, recorderFolder } from "../store/paths.ts";
import { blockUpdate } from "./block-update.ts";
import { JournalTail } from "./journal-tail.ts";
import { readHeads } from "./segment-heads.ts";
import { readSegment, type TimeRange } from "./segment-reader.ts";
import type { Identity, SegmentFile, SessionFolder } from "./session-folder.ts";
import { Update } from "./update.ts";

export interface SessionCursorOptions {
  readonly range?: TimeRange | undefined;
  /** Hears of every damaged place; reading goes on behind it. */
  readonly onDamage: (path: string, damage: Damage) => void;
  /** Hears that the session was pruned before it was read to its end. */
  readonly onGone: (path: string) => void;
  /** Everything before is known already. */
  readonly start?: CursorStart;
}

/** A place in a session: the next update's number, and the start of a chunk at or before it. */
export interface CursorStart {
  readonly sequence: number;
  readonly segment: number;
  readonly offset: number;
}

/** How often what moved from the journal to a segment meanwhile is looked for. */
const ATTEMPTS = 3;

/**
 * Hands out the updates of a session in order, each once, while it may still be written by another
 * process: those of its segments, then those that only its recorder's journal has.
 */
export class SessionCursor {
  readonly #fs: Fs;
  readonly #folder: SessionFolder;
  readonly #options: SessionCursorOptions;
  #journal: JournalTail | undefined;
  /** The next update's number; 0 before the first. */
  #next = 0;
  /** The segment that was read last, and how far. */
  #segment = 0;
  #offset = 0;
  /** Its updates from this one on stand in a later one. */
  #end = Number.POSITIVE_INFINITY;
  #isSealed = false;
  /** The session was pruned before all of it was read. */
  #isCut = false;

  constructor(fs: Fs, folder: SessionFolder, options: SessionCursorOptions) {
    this.#fs = fs;
    this.#folder = folder;
    this.#options = options;
    const { start } = options;
    if (start === undefined) return;
    this.#next = start.sequence;
    this.#segment = start.segment;
    this.#offset = start.offset;
  }

  /** Whether nothing can follow what was handed out. */
  get isSealed(): boolean {
    return this.#isSealed;
  }

  /** What is there now and was not handed out yet. */
  async *fresh(): AsyncGenerator<Update> {
    for await (const page of this.pages()) yield* page;
  }

  /**
   * The same, page by page, each to be gone through before the next one is asked for: waiting for
   * every update would take longer than reading it.
   */
  async *pages(): AsyncGenerator<Iterable<Update>> {
    const metadata = await this.#folder.soundMetadata();
    const isOpen = metadata?.end_reason === null;
    // What has just begun has no metadata yet, and nothing that says whose it is.
    if (metadata === undefined && !(await this.#hasBegun())) {
      this.#isSealed = await this.#folder.isGone();
      return;
    }
    const identity = await this.#folder.identity(metadata);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      // Before the segments: what leaves the journal is in them.
      if (isOpen && !this.#folder.isLone) await this.#readJournal(identity);
      yield* this.#fromSegments(identity, metadata);
      yield this.#fromJournal(identity, Number.POSITIVE_INFINITY);
      if (this.#journal?.first(this.#next) === undefined) break;
    }
    this.#isSealed = metadata !== undefined && !isOpen;
    if (this.#isCut) this.#options.onGone(this.#folder.path);
  }

  async #hasBegun(): Promise<boolean> {
    if (this.#folder.isLone) return true;
    return (await this.#folder.segments()).some(({ bytes }) => bytes > 0);
  }

  async *#fromSegments(
    identity: Identity,
    metadata: SessionMetadata | undefined,
  ): AsyncGenerator<Iterable<Update>> {
    const isOpen = metadata?.end_reason === null;
    const all = await this.#folder.segments();
    const isWhole = this.#folder.isLone || isOpen || all.length >= (metadata?.segments ?? 0);
    if (!isWhole && (await this.#folder.isGone())) this.#isCut = true;
    const segments = all.filter(({ number }) => number >= this.#segment);
    // Of the first nobody asks.
    const later = await readHeads(this.#fs, segments.slice(1), identity);
    const ends = supersededFrom([undefined, ...later]);
    for (const [i, segment] of segments.entries()) {
      // It has just been begun, and goes again where its recorder died over it.
      if (isOpen && segment.bytes === 0) continue;
      if (segment.number > this.#segment) {
        this.#segment = segment.number;
        this.#offset = 0;
      }
      this.#end = ends[i]!;
      yield* this.#fromSegment(segment, identity, isOpen && segment === segments.at(-1));
    }
  }

  async *#fromSegment(
    segment: SegmentFile,
    identity: Identity,
    mayGrow: boolean,
  ): AsyncGenerator<Iterable<Update>> {
    // A journal's updates are told from those of passed blocks by their numbers.
    const range = this.#journal === undefined ? this.#options.range : undefined;
    const options = { from: this.#offset, ...(range && { range }) };
    for await (const part of readSegment(this.#fs, segment, identity, options)) {
      if (part.kind === "damage") {
        // The writer may be in the middle of its last chunk.
        if (mayGrow && part.damage.reason === DAMAGE.torn) return;
        if (await this.#folder.isGone()) {
          this.#isCut = true;
          return;
        }
        this.#options.onDamage(segment.path, part.damage);
      } else if (part.kind === "block") {
        yield this.#fromJournal(identity, part.block.firstSequence);
        yield this.#fromBlock(part.block, identity);
      } else if (part.kind === "end") {
        this.#offset = part.offset;
      }
    }
  }

  *#fromBlock(block: Block, identity: Identity): Generator<Update> {
    const { columns, firstSequence } = block;
    // The block is enough: none needs another.
    const replay = new BlockReplay(block, identity);
    for (let i = 0; i < columns.count; i++) {
      if (firstSequence + i >= this.#end) return;
      // What was in the journal, or comes again after trouble with the disk.
      if (firstSequence + i < this.#next) continue;
      this.#next = firstSequence + i + 1;
      if (this.#wants(columns.receivedUs[i]!)) yield blockUpdate(identity, block, replay, i);
    }
  }

  /** As many as follow one another, up to the one before `end`. */
  *#fromJournal(identity: Identity, end: number): Generator<Update> {
    const journal = this.#journal;
    if (journal === undefined) return;
    if (this.#next === 0) {
      const first = Math.min(journal.first(0) ?? end, end);
      // Nothing of it is anywhere yet.
      if (first === Number.POSITIVE_INFINITY) return;
      this.#next = first;
    }
    while (this.#next < end) {
      const update = journal.update(this.#next);
      if (update === undefined) return;
      const { event, receivedUs: received_us, socket, place } = update;
      const sequence = this.#next++;
      if (!this.#wants(received_us)) continue;
      const arrival = { received_us, verdict: "pending", socket, place } as const;
      yield new Update(identity, sequence, arrival, event);
    }
  }

  async #readJournal(identity: Identity): Promise<void> {
    if (this.#journal === undefined) {
      const basePath = basePathOf(this.#folder.path);
      if (basePath === undefined) return;
      const folder = recorderFolder(basePath, identity.recorderId);
      this.#journal = new JournalTail(this.#fs, folder, identity);
    }
    await this.#journal.read();
  }

  #wants(receivedUs: number): boolean {
    const { range } = this.#options;
    return range === undefined || (receivedUs >= range.fromUs && receivedUs <= range.toUs);
  }
}
