import type { HeldBook } from "../book/group-verifier.ts";
import type { StaticValues } from "../book/recipe-state.ts";
import type { Standing } from "../book/standing.ts";
import { TokenBook } from "../book/token-book.ts";
import { noVerdicts, type VerdictCounts } from "../book/verdict-counts.ts";
import type { Implied } from "../format/block.ts";
import type { JournalSession } from "../format/journal-record.ts";
import { TEXT_LENGTH_MAX } from "../format/limits.ts";
import { type MarketEvent, marketEvent, marketOf, textLength } from "../format/market-event.ts";
import {
  type EndReason,
  type Names,
  NO_NAMES,
  NO_SUMS,
  type SessionMetadata,
} from "../format/metadata.ts";
import type { BinarySnapshot } from "../format/snapshot.ts";
import { type Arrival, ownArrival } from "./arrival.ts";
import type { JournalEntry, JournaledSession } from "./journal-entry.ts";
import { openingSnapshot, runningSnapshot } from "./opening-snapshot.ts";
import { CHANNEL } from "./paths.ts";
import type { PackedBlock } from "./segment-writer.ts";
import type { SessionBlock } from "./session-block.ts";
import { SessionBlocks, USUAL_LIMITS } from "./session-blocks.ts";
import { SessionFiles, type SessionPlace } from "./session-files.ts";
import { openMetadata } from "./session-metadata.ts";
import { ROLL, rollUs } from "./session-roll.ts";
import { SessionSums } from "./session-sums.ts";
import { type Toll, UnreleasedBlocks } from "./unreleased-blocks.ts";
import { gapNote, Untold } from "./untold.ts";
import type { WriteJob, WriteQueue } from "./write-queue.ts";

/** A segment should hold more than one block, however small the limit is. */
const BLOCKS_PER_SEGMENT_MIN = 2;

export type SessionPhase = "opening" | "open" | "rolling" | "sealed" | "crashed";

/** A session that failed is given up after so long, and another goes on in its place. */
export const RENEW_MS = 10_000;

const US_PER_MS = 1000;

/** What the jobs of a session that failed end with: no trouble with the disk to wait out. */
const alreadyFailed = new Error("the session has failed before");

/** What a session leaves to the one that goes on in its place. */
interface Legacy {
  readonly book: TokenBook;
  readonly names: Names;
  readonly untold: Untold;
  /** The session that it continues; `null` after one that failed, whose numbers are not known. */
  readonly predecessor: string | null;
  readonly firstSequence: number;
}

/**
 * One token's recording, from its first update to its seal. In memory everything happens at
 * once: the book, the verdict, the number, the columns. Only finished blocks go to the queue.
 */
export class Session implements JournaledSession {
  readonly tokenId: string;
  /** Condition id; `""` of the channel, and while unknown. */
  readonly market: string;
  readonly implied: Implied;
  readonly #entry: JournalEntry;
  readonly #files: SessionFiles;
  readonly #queue: WriteQueue;
  readonly #book: TokenBook;
  readonly #place: SessionPlace;
  readonly #startUs: number;
  #endUs: number;
  readonly #predecessor: string | null;
  readonly #firstSequence: number;
  /** Another session goes on from the token's first update after this, microseconds. */
  readonly #rollUs: number;
  #names: Names;
  /** Whether its files tell where it comes from. */
  #hasOrigin: boolean;
  readonly #counts = noVerdicts();
  /** Not of the channel. */
  readonly #sums: SessionSums | undefined;
  readonly #blocks: SessionBlocks;
  readonly #untold: Untold;
  #hasSnapshot = false;
  #metadataQueued = false;
  #repeats = 0;
  #phase: SessionPhase = "opening";
  #failure: unknown;
  #failedAtMs = 0;
  #storedSequence = 0;
  readonly #unreleased = new UnreleasedBlocks();

  /** Opens with its first update, which it then wants through `add`. */
  constructor(
    place: SessionPlace,
    queue: WriteQueue,
    tokenId: string,
    first: MarketEvent,
    startUs: number,
    legacy?: Legacy,
  ) {
    this.tokenId = tokenId;
    this.#files = new SessionFiles(place);
    this.#queue = queue;
    this.#place = place;
    this.#untold = legacy?.untold ?? new Untold();
    this.#names = legacy?.names ?? NO_NAMES;
    this.#hasOrigin = legacy === undefined;
    this.#predecessor = legacy?.predecessor ?? null;
    this.#firstSequence = legacy?.firstSequence ?? 1;
    this.#rollUs = rollUs(startUs, place.roll);
    // Derived hashes are of the market that the files name.
    this.market = tokenId === CHANNEL ? "" : (legacy?.book.market ?? marketOf(first));
    const { maySearch } = place.searches;
    this.#book = legacy?.book ?? new TokenBook({ tokenId, market: this.market, maySearch });
    this.#book.counts = this.#counts;
    const share = Math.floor(place.segmentBytesMax / BLOCKS_PER_SEGMENT_MIN);
    const limits = { ...USUAL_LIMITS, bytes: Math.min(USUAL_LIMITS.bytes, share) };
    this.implied = { market: this.market, tokenId };
    if (tokenId !== CHANNEL) {
      const hasBook = this.#predecessor !== null;
      this.#sums = new SessionSums({ startUs, firstSequence: this.#firstSequence, hasBook });
    }
    this.#startUs = startUs;
    this.#endUs = startUs;
    const { journal } = place;
    this.#entry = journal.enter(this);
    const write = (block: SessionBlock) => this.#write(block);
    this.#blocks = new SessionBlocks(this.implied, this.#book, write, {
      limits,
      firstSequence: this.#firstSequence,
      begun: (sequence, keyframe) =>
        journal.keyframe(this.#entry, sequence, { keyframe, recipe: this.#book.recipe }),
    });
    this.#enqueue(async () => {
      await this.#files.create(tokenId, this.market, startUs / 1000);
      journal.rename(this.#entry);
      if (this.#phase === "opening") this.#phase = "open";
    });
    this.#publishMetadata();
    const running = this.#predecessor === null ? null : this.#book.keyframe();
    if (running !== null) {
      this.#writeSnapshot(runningSnapshot(tokenId, this.market, running, startUs));
    }
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  /** Updates numbered so far. */
  get updateCount(): number {
    return this.#blocks.sequence - this.#firstSequence;
  }

  /** Resolves when all its files are written as far as they are to be now. */
  async drained(): Promise<void> {
    await this.#queue.drainedOf(this.tokenId);
  }

  /** What came of its hashes so far. */
  get verdicts(): Readonly<VerdictCounts> {
    return this.#counts;
  }

  /** How its book stands to the venue's hashes. */
  get standing(): Standing {
    return this.#book.standing;
  }

  /** Updates since the last that a hash has proven. */
  get unproven(): number {
    return this.#book.row - this.#book.standing.provenRow;
  }

  /** Its book as the venue names it. */
  get held(): HeldBook | undefined {
    return this.#book.held;
  }

  get failure(): unknown {
    return this.#failure;
  }

  get described(): JournalSession {
    return {
      ...this.implied,
      sessionId: this.#files.sessionId,
      startUs: this.#startUs,
      firstSequence: this.#firstSequence,
      predecessor: this.#predecessor,
      names: this.#names,
    };
  }

  get storedSequence(): number {
    return this.#storedSequence;
  }

  get openRows(): number {
    return this.#blocks.openRows;
  }

  /** Whether the event is stored; one that is longer than a text may be is skipped. */
  add(event: MarketEvent, arrival: Arrival): boolean {
    if (event.change === undefined && textLength(event) > TEXT_LENGTH_MAX) {
      this.skip(event, "too-long", arrival.receivedUs);
      return false;
    }
    this.#tell(arrival.receivedUs);
    this.#append(event, arrival);
    if (!this.#hasOrigin) this.#noteOrigin(arrival.receivedUs);
    if (event.type === "book" && !this.#hasSnapshot) {
      const { tokenId, market } = this;
      this.#writeSnapshot(openingSnapshot(tokenId, market, event, arrival.receivedUs));
    }
    return true;
  }

  /** Applies an event that cannot be stored; the next one stored is preceded by a gap note. */
  skip(event: MarketEvent, cause: string, receivedUs: number): void {
    this.#blocks.apply(event, this.#takenUs);
    if ((this.#untold.cause ?? cause) !== cause) this.#tell(receivedUs);
    this.#untold.skip(cause, receivedUs);
  }

  /** Keeps a note until there is room: what it tells is told nowhere else. False if too many wait. */
  keep(note: MarketEvent, arrival: Arrival): boolean {
    return this.#untold.keep({ note, arrival });
  }

  /** There is room again: a gap need not wait for the token's next update. */
  goOn(): void {
    if (this.#failure !== undefined || this.#untold.isEmpty) return;
    this.#tell(this.#place.clock.nowUs());
  }

  /** Stores names that REST gave, and rewrites the metadata. */
  setNames(names: Names, receivedUs: number): void {
    this.#names = names;
    if (this.#failure !== undefined) return;
    this.#tell(receivedUs);
    this.#noteNames(receivedUs);
    this.#place.journal.rename(this.#entry);
    this.#publishMetadata();
  }

  /** What it was left, in the files themselves: metadata can be made anew from them. */
  #noteOrigin(receivedUs: number): void {
    this.#hasOrigin = true;
    const cause = this.#predecessor;
    if (cause !== null) {
      const at = { from_us: receivedUs, to_us: receivedUs };
      const note = marketEvent("note", { kind: ROLL, cause, ...at, updates: 0 });
      this.#append(note, ownArrival(receivedUs), 0);
    }
    if (this.#names !== NO_NAMES) this.#noteNames(receivedUs);
  }

  #noteNames(receivedUs: number): void {
    const note = marketEvent("note", { kind: "names", ...this.#names });
    this.#append(note, ownArrival(receivedUs), 0);
  }

  /** Counts a text that came again and is stored once. */
  countRepeat(): void {
    this.#repeats++;
  }

  /** Hears of a trade or tick size that the venue said of the market's other token. */
  announce(event: MarketEvent): void {
    this.#book.announce(event);
  }

  /** What REST says of its market. */
  know(known: StaticValues): void {
    this.#book.know(known);
  }

  set isShedding(isShedding: boolean) {
    this.#book.isShedding = isShedding;
  }

  /** To be called several times a second: some hashes have waited for long enough. */
  pass(): void {
    this.#book.pass(this.#takenUs);
  }

  /** Judges the last hash, whose group may still grow. */
  judgeLast(): void {
    this.#book.judgeLast();
  }

  /** Judges all hashes for good: nothing more comes on their socket. */
  judge(): void {
    this.#book.end();
  }

  /** The open block takes no more updates, and goes to the queue when all its hashes are judged. */
  closeBlock(): void {
    this.#blocks.close();
  }

  /** Hands all blocks to the queue; hashes that are not judged yet are stored as pending. */
  writeBlocks(): void {
    this.#blocks.flush();
  }

  /** Makes the blocks in its segments durable: the journal need not keep them any more. */
  async sync(): Promise<void> {
    const stored = this.#storedSequence;
    await this.#files.sync();
    this.#release(stored);
  }

  /** Closes the session in memory; `seal` then does so on disk. */
  end(): void {
    if (this.#failure !== undefined) return;
    this.goOn();
    this.#book.end();
    this.writeBlocks();
  }

  /** The disk's part of the end. */
  sealJob(reason: EndReason): WriteJob {
    return {
      updates: 0,
      run: async () => {
        await this.#files.seal(() => this.#metadata(reason));
        this.#release(this.#storedSequence);
        this.#place.journal.leave(this.#entry);
        this.#phase = "sealed";
      },
      failed: (error) => this.#fail(error),
    };
  }

  /** Lets go of a failed session's file: Bun ends the process over one left to be collected. */
  async abandon(): Promise<void> {
    await this.#files.abandon().catch(() => {});
  }

  /** Applies an event that a failed session cannot store any more. */
  refuse(event: MarketEvent, receivedUs: number): void {
    this.#blocks.apply(event, this.#takenUs);
    this.#endUs = Math.max(this.#endUs, receivedUs);
    this.#lose({ updates: 1, told: 0, fromUs: receivedUs });
  }

  /** What another session needs to go on, once this one has failed long enough. */
  legacy(): Legacy | undefined {
    const waited = this.#place.clock.monotonicMs() - this.#failedAtMs;
    if (this.#failure === undefined || waited < RENEW_MS) return undefined;
    return { ...this.#bequest, predecessor: null, firstSequence: 1 };
  }

  /** Whether its time is over at an update received then. */
  isOver(receivedUs: number): boolean {
    return receivedUs >= this.#rollUs && this.#failure === undefined;
  }

  /**
   * What another session needs to go on at this event, after which this one takes none;
   * `undefined` while its folder is not made, or a hash is waited for.
   */
  roll(next: MarketEvent): Legacy | undefined {
    const { sessionId } = this.#files;
    if (sessionId === "" || !this.#blocks.settle(next)) return undefined;
    this.#phase = "rolling";
    return { ...this.#bequest, predecessor: sessionId, firstSequence: this.#blocks.sequence };
  }

  get #bequest(): Pick<Legacy, "book" | "names" | "untold"> {
    return { book: this.#book, names: this.#names, untold: this.#untold };
  }

  /** Updates up to here are durable in segments. */
  #release(sequence: number): void {
    this.#entry.release(sequence);
    this.#unreleased.release(sequence);
  }

  #write(block: SessionBlock): void {
    const { last, toll } = this.#unreleased.add(block);
    let finished: PackedBlock;
    try {
      finished = block.writer.finish();
      if (this.#sums !== undefined) block.writer.tell(this.#sums);
    } catch (error) {
      // No input is known to do it.
      this.#fail(error);
      return;
    }
    this.#enqueue(async () => {
      await this.#files.append(finished);
      this.#storedSequence = last;
    }, toll.updates);
  }

  /**
   * Nothing of the session can be written any more. What the journal has is not lost: it is kept
   * for the next recovery.
   */
  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#failedAtMs = this.#place.clock.monotonicMs();
    this.#phase = "crashed";
    for (const block of this.#blocks.drop()) this.#unreleased.add(block);
    this.countLosses();
  }

  /** Counts what neither a segment nor the journal has: more, should the journal fail later. */
  countLosses(): void {
    const { journal } = this.#place;
    const isHeld = (sequence: number) => journal.holds(this.#entry, sequence);
    for (const toll of this.#unreleased.lost(isHeld)) this.#lose(toll);
  }

  /** Counts what is lost, and keeps it for the note with which the next session begins. */
  #lose(toll: Toll): void {
    this.#place.losses.updates += toll.updates;
    this.#untold.lose(toll, this.#endUs);
  }

  /**
   * The note goes into a new block, whose keyframe then holds what was not stored: until then the
   * stored book is another. What was noted meanwhile follows.
   */
  #tell(receivedUs: number): void {
    if (this.#untold.isEmpty) return;
    const { gap, kept } = this.#untold.take();
    if (gap !== undefined) {
      const toUs = Math.max(gap.toUs, receivedUs);
      this.closeBlock();
      this.#append(gapNote({ ...gap, toUs }), ownArrival(toUs), gap.updates);
    }
    for (const { note, arrival } of kept) this.#append(note, arrival);
  }

  /** `told`: of a note of the session's own, which is numbered, but nobody's to count. */
  #append(event: MarketEvent, arrival: Arrival, told?: number): void {
    const { sequence } = this.#blocks;
    this.#blocks.append(event, arrival, this.#takenUs, told);
    this.#place.journal.update(this.#entry, sequence, event, arrival);
    this.#endUs = Math.max(this.#endUs, arrival.receivedUs);
  }

  /** Now, by the clock of the book. */
  get #takenUs(): number {
    return this.#place.clock.monotonicMs() * US_PER_MS;
  }

  #writeSnapshot(snapshot: Omit<BinarySnapshot, "outcome"> | undefined): void {
    if (snapshot === undefined) return;
    this.#hasSnapshot = true;
    this.#enqueue(() => this.#files.writeSnapshot({ ...snapshot, outcome: this.#names.outcome }));
  }

  /** Whatever changes before the queue gets to it needs no second file. */
  #publishMetadata(): void {
    if (this.#metadataQueued) return;
    this.#metadataQueued = true;
    this.#enqueue(async () => {
      this.#metadataQueued = false;
      await this.#files.writeMetadata(this.#metadata(null));
    });
  }

  #enqueue(run: () => Promise<void>, updates = 0): void {
    this.#queue.add(this.tokenId, {
      updates,
      run: () => (this.#failure === undefined ? run() : Promise.reject(alreadyFailed)),
      failed: (error) => this.#fail(error),
    });
  }

  #metadata(reason: EndReason | null): SessionMetadata {
    const { sessionId, size } = this.#files;
    const open = openMetadata(this.described, sessionId, this.#place.recorderId);
    const counted = { ...open, update_count: this.updateCount, ...size, repeats: this.#repeats };
    if (reason === null) return counted;
    const hashes = { ...this.verdicts };
    const end_timestamp = Math.floor(this.#endUs / 1000);
    const sums = this.#sums?.sums ?? NO_SUMS;
    return { ...counted, end_timestamp, end_reason: reason, hashes, ...sums };
  }
}
