import type { StaticValues } from "../book/recipe-state.ts";
import { addVerdicts, noVerdicts, type VerdictCounts } from "../book/verdict-counts.ts";
import type { MarketEvent } from "../format/market-event.ts";
import type { EndReason } from "../format/metadata.ts";
import type { Timer } from "../ports/clock.ts";
import { Session, type SessionPhase } from "./session.ts";
import type { SessionPlace } from "./session-files.ts";
import type { WriteQueue } from "./write-queue.ts";

/** A block is closed so long after its first update, full or not. */
const BLOCK_AGE_MS = 10_000;
/** How often old blocks are looked for, and how many at least may be closed at a time: opening
 * books come all at once, and their blocks must not be encoded all at once ten seconds later. */
const SWEEP_MS = 50;
const SWEEP_BLOCKS_MIN = 16;

/** How often hashes that wait are looked after. */
const PASS_MS = 250;

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
  /** Sessions with an open block and when it was begun, oldest first. */
  readonly #begun = new Map<Session, number>();
  /** Of each market that has any. */
  readonly #byMarket = new Map<string, Set<Session>>();
  /** What REST said of markets. */
  readonly #known = new Map<string, StaticValues>();
  /** Of sessions that have ended. */
  readonly #endedVerdicts = noVerdicts();
  #isShedding = false;
  #timers: readonly Timer[] = [];
  /** Ends that are under way. */
  readonly #endings = new Set<Promise<void>>();

  constructor(place: SessionPlace, queue: WriteQueue) {
    this.#place = place;
    this.#queue = queue;
  }

  /**
   * The token's open session; `first` opens one. One that failed is the token's for a while yet,
   * then another goes on with its book, and begins with a note of what was lost.
   */
  session(tokenId: string, first: MarketEvent, receivedUs: number): Session {
    const open = this.#open.get(tokenId);
    const legacy = open?.legacy();
    if (open !== undefined && legacy === undefined) return open;
    if (open !== undefined) {
      this.#forget(open);
      void open.abandon();
    }
    const session = new Session(this.#place, this.#queue, tokenId, first, receivedUs, legacy);
    this.#open.set(tokenId, session);
    this.#startTimers();
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

  /** Judges all hashes for good. */
  judge(): void {
    for (const session of this.#open.values()) session.judge();
  }

  /** To be called after each update: keeps the age of the open block. */
  touched(session: Session): void {
    if (!session.hasOpenBlock) this.#begun.delete(session);
    else if (!this.#begun.has(session)) this.#begun.set(session, this.#place.clock.monotonicMs());
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
    this.#begun.clear();
  }

  /** Makes durable what the open sessions have written, and waits for those that are ending. */
  async sync(): Promise<void> {
    await this.#inLanes(this.list(), (session) => session.sync());
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
      if (i > 0 && i % SWEEP_BLOCKS_MIN === 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      session.end();
      this.#forget(session);
    }
    await this.#queue.drained();
    await this.#inLanes(ending, async (session) => {
      if (session.failure === undefined) await this.#queue.attempt(session.sealJob(reason));
      if (session.failure !== undefined) await session.abandon();
      // What is remembered of it need not hold its book.
      const { tokenId, phase, updateCount } = session;
      if (this.#ended.get(tokenId) === session) this.#ended.set(tokenId, { phase, updateCount });
    });
  }

  async #inLanes(
    sessions: readonly Session[],
    run: (session: Session) => Promise<void>,
  ): Promise<void> {
    const waiting = [...sessions];
    const lane = async () => {
      for (let session = waiting.pop(); session !== undefined; session = waiting.pop()) {
        await run(session);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  stop(): void {
    for (const timer of this.#timers) timer.stop();
  }

  /** Without a session there is nothing to look after, and a timer would keep the process alive. */
  #startTimers(): void {
    if (this.#timers.length > 0) return;
    const { clock } = this.#place;
    this.#timers = [
      clock.every(SWEEP_MS, () => this.#closeOldBlocks()),
      clock.every(PASS_MS, () => this.#pass()),
    ];
  }

  #forget(session: Session): void {
    this.#begun.delete(session);
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
    for (const session of this.#open.values()) session.pass();
  }

  #closeOldBlocks(): void {
    const now = this.#place.clock.monotonicMs();
    // With many tokens more are closed at a time, so that none waits much longer than its age.
    const share = Math.ceil((this.#begun.size * SWEEP_MS) / BLOCK_AGE_MS);
    const most = Math.max(SWEEP_BLOCKS_MIN, share);
    let closed = 0;
    for (const [session, begunMs] of this.#begun) {
      if (now - begunMs < BLOCK_AGE_MS || closed >= most) return;
      session.closeBlock();
      this.#begun.delete(session);
      closed++;
    }
  }
}
