import type { StaticValues } from "../book/recipe-state.ts";
import { addVerdicts, noVerdicts, type VerdictCounts } from "../book/verdict-counts.ts";
import type { MarketEvent } from "../format/market-event.ts";
import type { EndReason } from "../format/metadata.ts";
import type { Timer } from "../ports/clock.ts";
import { inLanes } from "./lanes.ts";
import { Session, type SessionPhase } from "./session.ts";
import type { SessionPlace } from "./session-files.ts";
import type { WriteQueue } from "./write-queue.ts";

/** Blocks encoded in one go when many are: signals and timers wait meanwhile. */
const BLOCKS_AT_ONCE = 16;

/** How often hashes that wait are looked after. */
const PASS_MS = 250;

/** Sessions that may be sealed after a roll; others roll at a later update. */
const ROLLING_MAX = 32;

/** Sessions sealed or synced at the same time. */
const LANES = 32;

/** Sessions that ended are remembered for `phase`, the latest this many. */
const ENDED_MAX = 10_000;

/** The open sessions of a recorder, by token. */
export class SessionManager {
  readonly #place: SessionPlace;
  readonly #queue: WriteQueue;
  readonly #open = new Map<string, Session>();
  readonly #ended = new Map<string, Pick<Session, "phase" | "updateCount">>();
  /** Of each market that has any. */
  readonly #byMarket = new Map<string, Set<Session>>();
  /** What REST said of markets. */
  readonly #known = new Map<string, StaticValues>();
  /** Of sessions that have ended. */
  readonly #endedVerdicts = noVerdicts();
  #isShedding = false;
  #timer: Timer | undefined;
  /** What they had is in the journal, as far as that does not fail too. */
  readonly #failed: Session[] = [];
  #rolling = 0;
  /** Ends that are under way. */
  readonly #endings = new Set<Promise<void>>();

  constructor(place: SessionPlace, queue: WriteQueue) {
    this.#place = place;
    this.#queue = queue;
  }

  /**
   * The token's open session; `first` opens one. One whose time is over gives way to another,
   * which goes on with its book and its numbers. One that failed is the token's for a while yet,
   * then another goes on with its book, and begins with a note of what was lost.
   */
  session(tokenId: string, first: MarketEvent, receivedUs: number): Session {
    const open = this.#open.get(tokenId);
    const isOver = open?.isOver(receivedUs) === true && this.#rolling < ROLLING_MAX;
    const legacy = isOver ? open.roll(first) : open?.legacy();
    if (open !== undefined) {
      if (legacy === undefined) return open;
      this.#forget(open);
      if (open.failure === undefined) this.#sealRolled(open);
      else {
        this.#failed.push(open);
        void open.abandon();
      }
    }
    const session = new Session(this.#place, this.#queue, tokenId, first, receivedUs, legacy);
    this.#open.set(tokenId, session);
    this.#startTimer();
    const ofMarket = this.#byMarket.get(session.market) ?? new Set();
    this.#byMarket.set(session.market, ofMarket.add(session));
    session.isShedding = this.#isShedding;
    const known = this.#known.get(session.market);
    if (known !== undefined) session.know(known);
    return session;
  }

  /** The token's open session, if it has one. */
  get(tokenId: string): Session | undefined {
    return this.#open.get(tokenId);
  }

  /** Tells the other sessions of the market what one was told of it. */
  announce(from: Session, event: MarketEvent): void {
    if (event.type !== "last_trade_price" && event.type !== "tick_size_change") return;
    // What names no market has nothing in common with the others that do not.
    if (from.market === "") return;
    for (const session of this.#byMarket.get(from.market) ?? []) {
      if (session !== from) session.announce(event);
    }
  }

  /** What REST says of a market, for its sessions of now and later. */
  know(market: string, known: StaticValues): void {
    this.#known.set(market, known);
    for (const session of this.#byMarket.get(market) ?? []) session.know(known);
  }

  /** Nothing more of a market is to be recorded. */
  forgetMarket(market: string): void {
    this.#known.delete(market);
  }

  /** Leaves hashes unjudged while there is no time for them. */
  set isShedding(isShedding: boolean) {
    this.#isShedding = isShedding;
    for (const session of this.#open.values()) session.isShedding = isShedding;
  }

  /** Of all sessions, also those that have ended. */
  get verdicts(): VerdictCounts {
    const verdicts = { ...this.#endedVerdicts };
    for (const session of this.#open.values()) addVerdicts(verdicts, session.verdicts);
    return verdicts;
  }

  /** Judges all hashes of these tokens for good. */
  judge(tokenIds: Iterable<string>): void {
    for (const tokenId of tokenIds) this.#open.get(tokenId)?.judge();
  }

  /** The phase of the token's open or last session. */
  phase(tokenId: string): SessionPhase | undefined {
    return (this.#open.get(tokenId) ?? this.#ended.get(tokenId))?.phase;
  }

  updateCount(tokenId: string): number {
    return (this.#open.get(tokenId) ?? this.#ended.get(tokenId))?.updateCount ?? 0;
  }

  list(): Session[] {
    return [...this.#open.values()];
  }

  /** Hands every block to the queue. */
  writeBlocks(): void {
    for (const session of this.#open.values()) session.writeBlocks();
  }

  /** Waits for the sessions that are ending. */
  async ended(): Promise<void> {
    await Promise.all(this.#endings);
  }

  /** Ends sessions and seals them, a bounded number at a time; those ended already are left. */
  async end(sessions: readonly Session[], reason: EndReason): Promise<void> {
    const ending = this.#end(sessions, reason);
    this.#endings.add(ending);
    await Promise.all(this.#endings);
    this.#endings.delete(ending);
  }

  async #end(sessions: readonly Session[], reason: EndReason): Promise<void> {
    const ending = sessions.filter((session) => this.#open.get(session.tokenId) === session);
    for (const [i, session] of ending.entries()) {
      // Encoding thousands of blocks in one go would leave signals and timers waiting.
      if (i > 0 && i % BLOCKS_AT_ONCE === 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      session.end();
      this.#forget(session);
    }
    // With that everything is durable, and the rest is what a recovery would do too.
    await this.#place.journal.sync().catch(() => {});
    await this.#queue.drained();
    await inLanes(LANES, ending, (session) => this.#seal(session, reason));
  }

  /** Seals a session that another goes on for, while that is recorded. */
  #sealRolled(session: Session): void {
    this.#rolling++;
    const ending = session
      .drained()
      .then(() => this.#seal(session, "roll"))
      .finally(() => {
        this.#rolling--;
        this.#endings.delete(ending);
      });
    this.#endings.add(ending);
  }

  async #seal(session: Session, reason: EndReason): Promise<void> {
    if (session.failure === undefined) await this.#queue.attempt(session.sealJob(reason));
    if (session.failure !== undefined) {
      this.#failed.push(session);
      await session.abandon();
    }
    // What is remembered of it need not hold its book.
    const { tokenId, phase, updateCount } = session;
    if (this.#ended.get(tokenId) === session) this.#ended.set(tokenId, { phase, updateCount });
  }

  /** Counts what is lost with the journal, once nothing more is written to it. */
  countLosses(): void {
    for (const session of this.#failed) session.countLosses();
  }

  stop(): void {
    this.#timer?.stop();
  }

  /** Without a session there is nothing to look after, and a timer would keep the process alive. */
  #startTimer(): void {
    this.#timer ??= this.#place.clock.every(PASS_MS, () => this.#pass());
  }

  #forget(session: Session): void {
    this.#open.delete(session.tokenId);
    const ofMarket = this.#byMarket.get(session.market);
    ofMarket?.delete(session);
    if (ofMarket?.size === 0) this.#byMarket.delete(session.market);
    addVerdicts(this.#endedVerdicts, session.verdicts);
    this.#ended.delete(session.tokenId);
    this.#ended.set(session.tokenId, session);
    if (this.#ended.size > ENDED_MAX) this.#ended.delete(this.#ended.keys().next().value!);
  }

  #pass(): void {
    const isFull = this.#queue.full || this.#place.journal.full;
    for (const session of this.#open.values()) {
      session.pass();
      if (!isFull) session.goOn();
    }
  }
}
