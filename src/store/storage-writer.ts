import type { HeldBook } from "../book/group-verifier.ts";
import type { StaticValues } from "../book/recipe-state.ts";
import type { Standing } from "../book/standing.ts";
import type { VerdictCounts } from "../book/verdict-counts.ts";
import { PolybotError } from "../format/error.ts";
import type { Level } from "../format/level.ts";
import { fieldsOf, fieldText, type MarketEvent, marketEvent } from "../format/market-event.ts";
import { type Names, NO_NAMES } from "../format/metadata.ts";
import type { Clock } from "../ports/clock.ts";
import { type Arrival, checkArrival, ownArrival } from "./arrival.ts";
import { ClaimedTokens } from "./claimed-tokens.ts";
import type { Refusal } from "./claims.ts";
import { Journal } from "./journal.ts";
import { JournalTrim } from "./journal-trim.ts";
import { OpenFiles } from "./open-files.ts";
import { CHANNEL, journalFolder, recorderFolder } from "./paths.ts";
import { recoverStore } from "./recovery.ts";
import { ReserveFile } from "./reserve-file.ts";
import { SearchBudget } from "./search-budget.ts";
import type { Session, SessionPhase } from "./session.ts";
import { SessionManager } from "./session-manager.ts";
import {
  checkConfig,
  DEFAULT_BUFFER_SIZE,
  DEFAULT_ROLL,
  DEFAULT_SYNC_MS,
  type StorageConfig,
  type StoragePorts,
  segmentBytesOf,
  systemPorts,
} from "./storage-config.ts";
import { makeStore } from "./store-folders.ts";
import { type HeldLock, takeLock, takeOver } from "./take-lock.ts";
import { throwFirstFailure, writeFailure } from "./write-failure.ts";
import { WriteQueue } from "./write-queue.ts";

/** A book as library callers give it; best levels last. */
export type OrderBook = Readonly<{
  bids: readonly Level[];
  asks: readonly Level[];
  tickSize?: string;
  hash?: string;
  /** Venue time, epoch milliseconds. */
  timestamp?: string;
}>;

/** The book of a token that is recorded. */
export interface WatchedBook {
  readonly tokenId: string;
  readonly market: string;
  readonly standing: Standing;
  /** Its updates since the last that a hash has proven. */
  readonly unproven: number;
}

/**
 * Records updates: applied in memory at once, written in the background. A returned promise
 * waits only while the queue is full; `flush` resolves when all so far is durable.
 */
export class StorageWriter {
  /** `""` when storage is not enabled. */
  readonly recorderId: string;
  readonly #clock: Clock;
  readonly #lock: HeldLock | undefined;
  readonly #queue: WriteQueue;
  readonly #journal: Journal;
  readonly #trim: JournalTrim;
  readonly #reserve: ReserveFile;
  readonly #sessions: SessionManager;
  readonly #files: OpenFiles;
  readonly #claimed: ClaimedTokens | undefined;
  #shutdown: Promise<void> | undefined;
  #stored = 0;
  #skipped = 0;
  /** Updates that came while their session was failed. */
  #refused = 0;
  readonly #losses = { updates: 0 };
  /** Numbers of the sockets that are connected: a crash's gap begins with the last one said. */
  sockets: readonly number[] = [];
  #recovering: Promise<void> | undefined;

  private constructor(
    config: StorageConfig,
    { fs, clock }: StoragePorts,
    lock: HeldLock | undefined,
  ) {
    const { basePath } = config;
    this.recorderId = lock?.recorderId ?? "";
    this.#clock = clock;
    this.#lock = lock;
    this.#claimed = lock && new ClaimedTokens(lock);
    const updatesMax = config.bufferSize ?? DEFAULT_BUFFER_SIZE;
    this.#queue = new WriteQueue(clock, updatesMax);
    const folder = recorderFolder(basePath, this.recorderId);
    this.#reserve = new ReserveFile(fs, folder);
    this.#journal = new Journal({
      fs,
      clock,
      folder,
      recorderId: this.recorderId,
      syncMode: config.sync ?? DEFAULT_SYNC_MS,
      updatesMax,
      reserve: this.#reserve,
      sockets: () => this.sockets,
    });
    this.#trim = new JournalTrim(this.#journal, fs, clock, () => updatesMax - this.#queue.updates);
    const segmentBytesMax = segmentBytesOf(config);
    this.#files = new OpenFiles(fs);
    const place = {
      fs,
      files: this.#files,
      basePath,
      recorderId: this.recorderId,
      segmentBytesMax,
      clock,
      searches: new SearchBudget(clock),
      journal: this.#journal,
      losses: this.#losses,
      roll: config.roll ?? DEFAULT_ROLL,
    };
    this.#sessions = new SessionManager(place, this.#queue);
  }

  /** Takes a recorder's lock in the store, which is made if need be. */
  static async open(config: StorageConfig, ports = systemPorts): Promise<StorageWriter> {
    checkConfig(config);
    if (config.enabled === false) return new StorageWriter(config, ports, undefined);
    try {
      await makeStore(ports.fs, config.basePath);
      const take = ports.takeLock ?? takeLock;
      const lock = await take(config.basePath, ports);
      // The journal is only as durable as the folder that the lock has made for it.
      await ports.fs.syncFolder(journalFolder(config.basePath)).catch(async (error) => {
        await lock.release();
        throw error;
      });
      const writer = new StorageWriter(config, ports, lock);
      // Beside the recording, on other files.
      writer.#recovering = writer.#recover(config, ports);
      return writer;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new PolybotError(
        "STORE_NOT_WRITABLE",
        `cannot record into ${config.basePath}: ${reason}`,
        {
          path: config.basePath,
          hint: "check that the path is a folder that you may write to, or choose another",
          cause,
        },
      );
    }
  }

  /** Claims tokens before their first update; all or none, `TOKEN_IN_USE` names the owner. */
  claim(tokenIds: Iterable<string>): void {
    const [refused] = this.claimEach([[...tokenIds]]);
    if (refused !== undefined) throw refused;
  }

  /** As `claim`, each group for itself: gives why not, group by group. */
  claimEach(groups: readonly (readonly string[])[]): Refusal[] {
    return this.#claimed?.claim(groups) ?? groups.map(() => undefined);
  }

  /**
   * Seals the sessions of tokens whose market is over, and gives the tokens back. `WRITE_FAILED` if
   * a session cannot be sealed.
   */
  async release(market: string, tokenIds: readonly string[]): Promise<void> {
    const sessions = tokenIds.map((tokenId) => this.#sessions.get(tokenId));
    try {
      await this.#end(sessions.filter((session) => session !== undefined));
    } finally {
      this.#sessions.forgetMarket(market);
      this.#claimed?.release(tokenIds);
    }
  }

  /** As many updates wait for the disk as may: the next one should be skipped or waited for. */
  get full(): boolean {
    return this.#queue.full || this.#journal.full;
  }

  /** Updates that wait for the disk, for the journal or for their segment. */
  get queued(): number {
    return Math.max(this.#queue.updates, this.#journal.waiting);
  }

  /** Updates that a process killed now would lose. */
  get unwritten(): number {
    return this.#journal.waiting;
  }

  /** Bytes of segments written so far. */
  get segmentBytes(): number {
    return this.#files.bytesWritten;
  }

  /** What keeps the disk from being written, while something does. */
  get trouble(): unknown {
    return this.#journal.trouble ?? this.#queue.trouble;
  }

  /** Updates stored, applied but not stored, and lost with files that could not be written. */
  get counts(): { readonly stored: number; readonly skipped: number; readonly lost: number } {
    const lost = this.#losses.updates;
    return { stored: this.#stored - (lost - this.#refused), skipped: this.#skipped, lost };
  }

  /** Opens the token's session with a book, or stores one more `book` update. */
  async writeSnapshot(
    tokenId: string,
    book: OrderBook,
    market: string,
    outcome: string,
  ): Promise<void> {
    const asWire = ([price, size]: Level) => ({ price, size });
    const event = marketEvent("book", {
      market,
      asset_id: tokenId,
      timestamp: book.timestamp,
      hash: book.hash,
      bids: book.bids.map(asWire),
      asks: book.asks.map(asWire),
      tick_size: book.tickSize,
      event_type: "book",
    });
    await this.writeUpdate(tokenId, event);
    if (outcome !== "") this.setNames(tokenId, { ...NO_NAMES, outcome });
  }

  /** Stores one update; `hash` is for events that do not carry it themselves. */
  async writeUpdate(
    tokenId: string,
    event: MarketEvent,
    hash?: string,
    arrival: Arrival = this.#now(),
  ): Promise<void> {
    if (this.#lock === undefined) return;
    checkArrival(arrival);
    const whole =
      hash === undefined || fieldText(event, "hash") !== undefined
        ? event
        : marketEvent(event.type, { ...fieldsOf(event), hash });
    const session = this.#session(tokenId, whole, arrival.receivedUs);
    this.#sessions.announce(session, whole);
    if (session.failure !== undefined) {
      this.#refused++;
      session.refuse(whole, arrival.receivedUs);
      throw writeFailure(session);
    }
    if (session.add(whole, arrival)) this.#stored++;
    else this.#skipped++;
    while (this.full) await Promise.all([this.#queue.room(), this.#journal.room()]);
  }

  /**
   * Applies and judges an update that is not stored; its token's next one follows a gap note. A note
   * waits until there is room.
   */
  skip(tokenId: string, event: MarketEvent, cause: string, arrival: Arrival = this.#now()): void {
    if (this.#lock === undefined) return;
    checkArrival(arrival);
    const session = this.#session(tokenId, event, arrival.receivedUs);
    this.#sessions.announce(session, event);
    if (session.failure !== undefined) {
      this.#refused++;
      session.refuse(event, arrival.receivedUs);
      return;
    }
    if (event.type === "note" && session.keep(event, arrival)) {
      this.#stored++;
      return;
    }
    session.skip(event, cause, arrival.receivedUs);
    this.#skipped++;
  }

  /** Keeps names with the token's open session; there must be one. */
  setNames(tokenId: string, names: Names): void {
    const session = this.#sessions.get(tokenId);
    if (session === undefined) return;
    session.setNames(names, this.#clock.nowUs());
  }

  /** What REST says of a market: what its hashes cover beside the book. */
  know(market: string, known: StaticValues): void {
    this.#sessions.know(market, known);
  }

  /** While true, hashes are not judged: data goes before proof. */
  set isShedding(isShedding: boolean) {
    this.#sessions.isShedding = isShedding;
  }

  /** Judges hashes of tokens for good: their socket has ended, no announcement is waited for. */
  judge(tokenIds: Iterable<string>): void {
    this.#sessions.judge(tokenIds);
  }

  /** Judges a token's last hash as far as that can be told now: something else may explain it yet. */
  judgeLast(tokenId: string): void {
    this.#sessions.get(tokenId)?.judgeLast();
  }

  /** A token's book as the venue names it; `undefined` without one, or without its hash. */
  held(tokenId: string): HeldBook | undefined {
    return this.#sessions.get(tokenId)?.held;
  }

  /** How a token's book stands to the venue's hashes; `undefined` without a session. */
  standing(tokenId: string): Standing | undefined {
    return this.#sessions.get(tokenId)?.standing;
  }

  /** The same of all tokens. */
  *watched(): Generator<WatchedBook> {
    for (const session of this.#sessions.list()) {
      const { tokenId, market, standing, unproven } = session;
      if (tokenId !== CHANNEL) yield { tokenId, market, standing, unproven };
    }
  }

  /** What came of the hashes of all sessions so far. */
  get verdicts(): VerdictCounts {
    return this.#sessions.verdicts;
  }

  /** Counts a text of the token that came again and is stored once. */
  countRepeat(tokenId: string): void {
    this.#sessions.get(tokenId)?.countRepeat();
  }

  phase(tokenId: string): SessionPhase | undefined {
    return this.#sessions.phase(tokenId);
  }

  updateCount(tokenId: string): number {
    return this.#sessions.updateCount(tokenId);
  }

  /**
   * Resolves when everything so far is durable and can be read from segments; `WRITE_FAILED` if
   * something is not. Hashes that are not judged by then are stored, as `pending`, and no longer
   * derived: they cost 20 bytes each, and only `verify --prove-stored` can prove them. So not to
   * be called every second.
   */
  async flush(): Promise<void> {
    const sessions = this.#sessions.list();
    this.#sessions.writeBlocks();
    await this.#journal.sync();
    await this.#queue.drained();
    await this.#sessions.ended();
    throwFirstFailure(sessions);
  }

  /** Waits for the sessions that are being sealed: until then their files are used. */
  async sealed(): Promise<void> {
    await this.#sessions.ended();
  }

  /** Seals the token's session; without one, waits for those that are being sealed. */
  async endSession(tokenId: string): Promise<void> {
    const session = this.#sessions.get(tokenId);
    await this.#end(session === undefined ? [] : [session]);
  }

  /** Seals every session and gives the lock back; every later call is `WRITER_CLOSED`. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#close();
    return this.#shutdown;
  }

  async #recover(config: StorageConfig, ports: StoragePorts): Promise<void> {
    const { basePath, onRecovered } = config;
    const recoveries = recoverStore({
      ...ports,
      basePath,
      takeOver: ports.takeOver ?? takeOver,
      segmentBytesMax: segmentBytesOf(config),
      living: [this.recorderId],
      mayGoOn: () => this.#shutdown === undefined,
    });
    try {
      for await (const recovery of recoveries) onRecovered?.(recovery);
    } catch {
      // The journals cannot even be listed: the next start tries again.
    }
  }

  /** Resolves when what dead recorders left has been looked after. */
  async recovered(): Promise<void> {
    await this.#recovering;
  }

  async #close(): Promise<void> {
    this.#queue.close();
    this.#journal.close();
    try {
      await this.#end(this.#sessions.list());
    } finally {
      this.#sessions.stop();
      await this.#recovering;
      await this.#trim.stop();
      await this.#journal.stop();
      this.#sessions.countLosses();
      await this.#reserve.free();
      await this.#lock?.release();
    }
  }

  /** The token's session for an update that is about to come. */
  #session(tokenId: string, first: MarketEvent, receivedUs: number): Session {
    if (this.#shutdown !== undefined)
      throw new PolybotError("WRITER_CLOSED", "the storage writer is shut down");
    if (this.#claimed?.has(tokenId) === false) this.claim([tokenId]);
    this.#trim.start();
    return this.#sessions.session(tokenId, first, receivedUs);
  }

  async #end(sessions: readonly Session[]): Promise<void> {
    await this.#sessions.end(sessions, "end");
    throwFirstFailure(sessions);
  }

  #now(): Arrival {
    return ownArrival(this.#clock.nowUs());
  }
}
