import { LEDGER_NOTE } from "../book/token-ledger.ts";
import { BARE_PLACE, fieldString, type MarketEvent, marketEvent } from "../format/market-event.ts";
import type { Names } from "../format/metadata.ts";
import { fetchBooks } from "../polymarket/clob.ts";
import { decode } from "../polymarket/decode.ts";
import type { Endpoints } from "../polymarket/endpoints.ts";
import type { MarketNames } from "../polymarket/market-names.ts";
import type { MarketSocket } from "../polymarket/market-socket.ts";
import { PONG } from "../polymarket/messages.ts";
import type { Piece } from "../polymarket/piece.ts";
import type { MarketTokens } from "../polymarket/sharding.ts";
import { type Interruption, SocketPool } from "../polymarket/socket-pool.ts";
import type { Clock } from "../ports/clock.ts";
import type { Dial } from "../ports/dial.ts";
import type { Http } from "../ports/http.ts";
import type { Random } from "../ports/random.ts";
import type { Arrival } from "../store/arrival.ts";
import { CHANNEL } from "../store/paths.ts";
import type { StorageWriter, WatchedBook } from "../store/storage-writer.ts";
import { Announcements } from "./announcements.ts";
import { Auditor, DEFAULT_AUDIT_MS } from "./auditor.ts";
import { newCounters, type Summary } from "./counters.ts";
import { HeldUpdates } from "./held-updates.ts";
import { Interruptions } from "./interruptions.ts";
import { NameKeeper } from "./name-keeper.ts";
import { type RefusedMarket, Roster } from "./roster.ts";
import { type Remark, SET_BACK, Supervisor } from "./supervisor.ts";
import { Troubles } from "./troubles.ts";

export interface RecorderPorts {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly http: Http;
  readonly random: Random;
}

export interface RecorderOptions {
  readonly endpoints: Endpoints;
  /** Tokens to be recorded to the end, claimed before. */
  readonly tokenIds: readonly string[];
  /** Tokens of one socket, at most. Defaults to 200. */
  readonly tokensPerSocket?: number;
  /** Between two comparisons of quiet books with REST's, milliseconds. Defaults to five minutes. */
  readonly auditMs?: number;
  readonly writer: StorageWriter;
  /** Stores nothing before `join`: the tokens are another recorder's still. */
  readonly isWaiting?: boolean;
  readonly ports: RecorderPorts;
  /** Every update as it comes, stored or not; `tokenId` is `""` for the channel's. */
  readonly onUpdate?: (tokenId: string, event: MarketEvent, arrival: Arrival) => void;
  /** What a person should know while it runs. */
  readonly onEvent: (level: "info" | "warn", text: string) => void;
}

const US_PER_MS = 1000;
/** Tokens or markets that one line names. */
const NAMED_MAX = 5;

/** Joins the market channel and the store: every piece of every message finds its session. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #roster: Roster;
  readonly #pool: SocketPool;
  readonly #nameKeeper: NameKeeper;
  readonly #interruptions: Interruptions;
  readonly #auditor: Auditor;
  readonly #supervisor: Supervisor;
  readonly #counters = newCounters();
  /** Of those that are recorded, the tokens that had a book. */
  readonly #booked = new Set<string>();
  /** Names that wait for their token's session to open. */
  readonly #unplacedNames = new Map<string, Names>();
  readonly #announcements = new Announcements();
  readonly #startMs: number;
  /** Until the tokens are its own. */
  #held: HeldUpdates | undefined;
  readonly #troubles: Troubles;

  constructor(options: RecorderOptions) {
    const { endpoints, tokenIds, ports } = options;
    this.#options = options;
    this.#startMs = ports.clock.monotonicMs();
    this.#troubles = new Troubles(ports.clock, (text) => options.onEvent("warn", text));
    if (options.isWaiting === true) this.#held = new HeldUpdates();
    this.#pool = new SocketPool({
      ...options,
      ...ports,
      events: {
        message: (text, receivedUs, socket) => this.#message(text, receivedUs, socket),
        served: (socket, served, lostUs) => this.#served(socket, served, lostUs),
        interrupted: (interruption) => this.#interrupted(interruption),
        unreachable: (reason) => this.#troubles.meet(`cannot connect: ${reason}; trying again`),
        unknown: (unknown) => this.#unknown(unknown),
        settled: (socket, settled) => this.#settled(socket, settled),
        sockets: (numbers) => this.#sockets(numbers),
        clockStepped: (socket, fromUs, toUs) =>
          this.#note({ kind: LEDGER_NOTE.clockStep, cause: SET_BACK, fromUs, toUs, socket }),
      },
    });
    this.#nameKeeper = new NameKeeper({
      tokenIds,
      gammaUrl: endpoints.gammaUrl,
      ...ports,
      found: (tokenId, names) => this.#named(tokenId, names),
      known: (market, values) => options.writer.know(market, values),
      onTrouble: this.#troubles.meet,
    });
    this.#roster = new Roster({
      ...options,
      clock: ports.clock,
      named: (tokenId, names) => this.#named(tokenId, names),
      come: (markets) => this.#come(markets),
      resolved: (tokenId, outcome) => this.#resolved(tokenId, outcome),
      leave: (leaving) => this.#leave(leaving),
      freed: (markets) => this.#freed(markets),
      onTrouble: this.#troubles.meet,
    });
    this.#interruptions = new Interruptions({
      heldHash: (tokenId) => options.writer.held(tokenId)?.hash,
      note: (remark, tokenId) => this.#note(remark, tokenId),
    });
    this.#auditor = new Auditor({
      clock: ports.clock,
      intervalMs: options.auditMs ?? DEFAULT_AUDIT_MS,
      unproven: (forMs) => this.#unproven(forMs),
      held: (tokenId) => options.writer.held(tokenId),
      fetchBooks: (asked) => fetchBooks(ports.http, endpoints.clobUrl, asked),
      note: (remark, tokenId) => this.#note(remark, tokenId),
      silent: (tokenId) => this.#silent(tokenId),
    });
    this.#supervisor = new Supervisor({
      ...options,
      clock: ports.clock,
      note: (remark, tokenId) => this.#note(remark, tokenId),
      // The token alone: what its neighbour hears is not interrupted for it.
      refetch: (tokenId) => this.#pool.refetch(tokenId),
      clockStepped: (fromUs, toUs) => this.#interruptions.clockStepped(fromUs, toUs),
      warn: (text) => options.onEvent("warn", text),
    });
  }

  start(): void {
    this.#pool.start();
    // Which of them are of one market is not known yet.
    this.#pool.add(
      this.#options.tokenIds.map((tokenId) => ({ market: undefined, tokenIds: [tokenId] })),
    );
    this.#supervisor.start();
    this.#auditor.start();
    void this.#nameKeeper.start();
  }

  /**
   * Its tokens are free by now, or are not waited for any more: stores what was held, and from now
   * on what comes. Gives the markets that another recorder has still; they are left out.
   */
  join(): RefusedMarket[] {
    const held = this.#held;
    if (held === undefined) return [];
    const refused = this.#roster.join();
    this.#counters.books = this.#booked.size;
    this.#held = undefined;
    for (const { tokenId, event, arrival } of held.all ?? []) this.#take(tokenId, event, arrival);
    if (held.all === undefined) {
      for (const tokenId of this.#roster.tokenIds) this.#pool.refetch(tokenId);
    }
    return refused;
  }

  /** Tokens that it is to record now. */
  get tokenIds(): readonly string[] {
    return this.#roster.tokenIds;
  }

  /** A last comparison with REST before it is stopped: what is quiet is proven up to now. */
  async audit(): Promise<void> {
    await this.#auditor.finish();
  }

  /** Records more markets from now on; gives those that another recorder has. */
  add(markets: readonly MarketNames[]): RefusedMarket[] {
    return this.#roster.add(markets);
  }

  /**
   * Ends a market that it records: the outcome that won, or `""`, is noted in its sessions, which are
   * sealed a little later. Tokens named by their ids go on.
   */
  end(market: MarketNames, outcome: string): void {
    this.#roster.end(market, outcome);
  }

  /** Takes nothing more from the sockets, then seals all sessions. */
  async stop(): Promise<void> {
    this.#auditor.stop();
    this.#roster.stop();
    this.#pool.stop();
    this.#nameKeeper.stop();
    this.#supervisor.stop();
    await this.#options.writer.shutdown();
  }

  summary(): Summary {
    const { writer, ports } = this.#options;
    const { stored, skipped, lost } = writer.counts;
    const counters = this.#counters;
    return {
      ...counters,
      tokens: this.#roster.count,
      stored,
      dropped: skipped + lost,
      hashes: writer.verdicts,
      gaps: this.#interruptions.gaps,
      suspect: this.#supervisor.suspect,
      refetches: this.#supervisor.refetches,
      recipeDrift: this.#supervisor.isDrifting,
      queued: writer.queued,
      seconds: (ports.clock.monotonicMs() - this.#startMs) / 1000,
    };
  }

  #message(text: string, receivedUs: number, socket: MarketSocket): void {
    this.#supervisor.lookAtClock();
    if (text === PONG) {
      this.#counters.pongs++;
      return;
    }
    this.#counters.messages++;
    this.#counters.bytes += Buffer.byteLength(text);
    const pieces = decode(text);
    if (pieces[0] !== undefined) this.#supervisor.heard(pieces[0].event, receivedUs);
    for (const piece of pieces) this.#piece(piece, receivedUs, socket);
  }

  #piece({ tokenIds, event, place }: Piece, receivedUs: number, socket: MarketSocket): void {
    const arrival = { receivedUs, socket: socket.number, place };
    if (event.type === "book") this.#pool.booked(socket, tokenIds[0]!);
    const owned = tokenIds.filter((tokenId) => this.#pool.takes(socket, tokenId));
    for (const tokenId of owned) {
      if (event.type === "book") this.#opened(tokenId, event, receivedUs);
      this.#update(tokenId, event, arrival);
    }
    if (event.type === "market_resolved") this.#pool.resolved(owned);
    if (owned.length > 0) return;
    if (this.#isForeign(tokenIds, event)) this.#counters.foreign++;
    else if (event.type !== "raw" && this.#announcements.isRepeat(event)) {
      this.#counters.repeats++;
      this.#options.writer.countRepeat(CHANNEL);
    } else this.#update(CHANNEL, event, arrival);
  }

  /**
   * What is about tokens that are another socket's, or of nobody. What cannot be cut is evidence,
   * and of resolutions one is kept, so those are foreign only if they are another socket's.
   */
  #isForeign(tokenIds: readonly string[], event: MarketEvent): boolean {
    if (event.type !== "raw" && event.type !== "market_resolved") return tokenIds.length > 0;
    return tokenIds.some((tokenId) => this.#roster.has(tokenId));
  }

  /** A book of the token is about to be stored. */
  #opened(tokenId: string, event: MarketEvent, receivedUs: number): void {
    this.#interruptions.end(tokenId, fieldString(event, "hash"), receivedUs);
  }

  /** Tokens with a book that is neither proven in the last so many milliseconds nor interrupted. */
  #unproven(forMs: number): string[] {
    const { writer, ports } = this.#options;
    const sinceUs = (ports.clock.monotonicMs() - forMs) * US_PER_MS;
    const isProven = ({ standing }: WatchedBook) => (standing.provenUs ?? 0) >= sinceUs;
    return [...writer.watched()]
      .filter((book) => !isProven(book) && !this.#interruptions.has(book.tokenId))
      .map(({ tokenId }) => tokenId);
  }

  /** The stream does not say what REST knows. */
  #silent(tokenId: string): void {
    const { writer, ports, onEvent } = this.#options;
    const bookUs = ports.clock.monotonicMs() * US_PER_MS;
    const fromUs = this.#supervisor.wallUs(writer.standing(tokenId)?.provenUs ?? bookUs);
    onEvent(
      "warn",
      `token ${tokenId} has fallen silent: REST has a later book; it is fetched anew`,
    );
    this.#interruptions.begin({ tokenIds: [tokenId], cause: "silent", fromUs });
    this.#pool.refetch(tokenId);
  }

  #update(tokenId: string, event: MarketEvent, arrival: Arrival): void {
    if (event.type === "book" && !this.#booked.has(tokenId)) {
      this.#booked.add(tokenId);
      this.#counters.books++;
    }
    this.#options.onUpdate?.(tokenId, event, arrival);
    if (this.#held === undefined) this.#take(tokenId, event, arrival);
    else this.#held.take({ tokenId, event, arrival });
  }

  #take(tokenId: string, event: MarketEvent, arrival: Arrival): void {
    this.#counters.received++;
    try {
      if (this.#options.writer.full) this.#skip(tokenId, event, arrival);
      else this.#write(tokenId, event, arrival);
    } catch (error) {
      this.#troubles.meet(error);
    }
    if (event.type === "book") this.#supervisor.booked(tokenId);
  }

  #write(tokenId: string, event: MarketEvent, arrival: Arrival): void {
    const { writer } = this.#options;
    // The promise is back-pressure for callers who can wait; a socket cannot.
    writer.writeUpdate(tokenId, event, undefined, arrival).catch(this.#troubles.meet);
    const names = this.#unplacedNames.get(tokenId);
    if (names === undefined) return;
    this.#unplacedNames.delete(tokenId);
    writer.setNames(tokenId, names);
  }

  #skip(tokenId: string, event: MarketEvent, arrival: Arrival): void {
    const { writer } = this.#options;
    const cause = writer.trouble === undefined ? "overflow" : "disk-full";
    this.#troubles.meet(writer.trouble ?? "the disk does not follow: updates are skipped");
    writer.skip(tokenId, event, cause, arrival);
  }

  #come(markets: readonly MarketTokens[]): void {
    const tokenIds = markets.flatMap((market) => market.tokenIds);
    this.#pool.add(markets);
    // Those that a socket had room for hear of no other opening.
    this.#supervisor.connected(tokenIds);
  }

  #freed(markets: readonly MarketNames[]): void {
    const named = namedText(markets.map(({ slug, conditionId }) => slug || conditionId));
    this.#options.onEvent(
      "info",
      `nobody else records them any more, so they are recorded: ${named}`,
    );
  }

  #resolved(tokenId: string, outcome: string): void {
    if (!this.#booked.has(tokenId)) return;
    const nowUs = this.#options.ports.clock.nowUs();
    this.#note({ kind: "resolved", cause: outcome, fromUs: nowUs, toUs: nowUs }, tokenId);
  }

  /** Nothing is kept of them any more. */
  #leave(tokenIds: readonly string[]): void {
    this.#pool.remove(tokenIds);
    this.#supervisor.left(tokenIds);
    this.#held?.forget(tokenIds);
    for (const tokenId of tokenIds) {
      this.#interruptions.forget(tokenId);
      this.#booked.delete(tokenId);
      this.#unplacedNames.delete(tokenId);
    }
  }

  #settled(socket: number, tokenIds: readonly string[]): void {
    this.#options.onEvent(
      "info",
      `socket ${socket} closed: its ${tokenIds.length} tokens are settled`,
    );
    this.#supervisor.disconnected(tokenIds);
  }

  #named(tokenId: string, names: Names): void {
    const { writer } = this.#options;
    if (writer.phase(tokenId) === undefined) this.#unplacedNames.set(tokenId, names);
    else writer.setNames(tokenId, names);
  }

  #served(socket: number, tokenIds: readonly string[], lostUs: number | undefined): void {
    this.#counters.connects++;
    this.#supervisor.connected(tokenIds);
    this.#options.onEvent("info", `socket ${socket} subscribed to ${tokenIds.length} tokens`);
    if (lostUs === undefined) return;
    this.#counters.reconnects++;
    this.#noteSocket(socket, { kind: "reconnect", cause: "subscribed again", fromUs: lostUs });
  }

  #interrupted({ cause, tokenIds, fromUs, socket, reason }: Interruption): void {
    const isOver = cause === "disconnect" || cause === "stall";
    const text = isOver ? ` disconnected: ${reason}; connecting again` : `: ${reason}`;
    this.#options.onEvent("warn", `socket ${socket}${text}`);
    this.#noteSocket(socket, { kind: cause, cause: reason, fromUs });
    this.#interruptions.begin({ tokenIds, cause, fromUs });
    this.#held?.forget(tokenIds);
    if (!isOver) return;
    // Nothing can have been missed before there was a book.
    if (tokenIds.some((tokenId) => this.#booked.has(tokenId))) this.#counters.disconnects++;
    this.#supervisor.disconnected(tokenIds);
  }

  #unknown(tokenIds: readonly string[]): void {
    this.#options.onEvent("warn", `no book, settled or unknown: ${namedText(tokenIds)}`);
    for (const tokenId of tokenIds) {
      const cause = `token ${tokenId}: no book, settled or unknown`;
      this.#noteSocket(0, { kind: "no-snapshot", cause });
    }
  }

  #sockets(numbers: readonly number[]): void {
    this.#options.writer.sockets = numbers;
    this.#counters.sockets = Math.max(this.#counters.sockets, numbers.length);
  }

  /** A note about a socket, until now. */
  #noteSocket(
    socket: number,
    { kind, cause, fromUs }: { kind: string; cause: string; fromUs?: number },
  ): void {
    const nowUs = this.#options.ports.clock.nowUs();
    this.#note({ kind, cause, fromUs: Math.min(fromUs ?? nowUs, nowUs), toUs: nowUs, socket });
  }

  /** Notes of no token, and of all of them, are the channel's. */
  #note(remark: Remark & { readonly socket?: number }, tokenId = CHANNEL): void {
    const { kind, cause, fromUs: from_us, toUs, updates = 0, socket = 0 } = remark;
    const note = marketEvent("note", { kind, cause, from_us, to_us: toUs, updates });
    this.#update(tokenId, note, { receivedUs: toUs, socket, place: BARE_PLACE });
  }
}

/** The first of many names, and how many there are besides. */
function namedText(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return `${names.slice(0, NAMED_MAX).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
