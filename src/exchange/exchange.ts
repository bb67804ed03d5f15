import { PolybotError } from "../format/error.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { Agenda } from "./agenda.ts";
import type { Client } from "./channel/client.ts";
import { ClientSocket } from "./channel/client-socket.ts";
import type { Feed } from "./channel/feed.ts";
import { FileFeed } from "./channel/file-feed.ts";
import { Line } from "./channel/line.ts";
import { MarketChannel } from "./channel/market-channel.ts";
import { SimulationFeed } from "./channel/simulation-feed.ts";
import { SocketTroubles } from "./channel/socket-troubles.ts";
import { strikeSocket } from "./channel/strike-socket.ts";
import type { Transport } from "./channel/transport.ts";
import { Voice } from "./channel/voice.ts";
import type { ExchangeLog } from "./exchange-log.ts";
import type { FaultSpec } from "./faults/fault-spec.ts";
import { Faults, type PlannedFault } from "./faults/faults.ts";
import type { RecipeName } from "./market/book-summary.ts";
import type { Conditions } from "./market/conditions.ts";
import type { MarketProfile } from "./market/market-profile.ts";
import { logNormal } from "./market/normal.ts";
import { odditiesTimes } from "./market/oddities.ts";
import { randomOf } from "./market/seeded.ts";
import { Simulation } from "./market/simulation.ts";
import type { RecipeSwitch } from "./recipe-plan.ts";
import { Replay, type ReplayOptions } from "./replay/replay.ts";
import { jsonAnswer, type RestAnswer } from "./rest/rest-answer.ts";
import type { RestRequest } from "./rest/rest-request.ts";
import { RestService } from "./rest/rest-service.ts";

export interface ExchangeParts {
  readonly clock: Clock;
  readonly seed: number;
  /** Markets that stay. */
  readonly markets: number;
  /** Rolling series, and the seconds of their windows. */
  readonly series: number;
  readonly windowS: number;
  /** Changes a second over all markets. */
  readonly rate: number;
  /** What kind the markets that stay are of; drawn as observed unless told. */
  readonly profile: ((random: Random) => MarketProfile) | undefined;
  /** Served instead of a simulation. */
  readonly messages: readonly string[] | undefined;
  /** Or this. */
  readonly replay: ReplayOptions | undefined;
  /** Median milliseconds from the venue to a client. */
  readonly delayMs: number;
  /** How often the venue is odd, beside the live one. */
  readonly oddities: number;
  /** Tokens of one socket beyond which no books come. */
  readonly bookCeiling: number;
  readonly rateLimits: boolean;
  readonly recipe: RecipeName;
  /** Changes of recipe to come. */
  readonly recipeSwitches: readonly RecipeSwitch[];
  readonly faults: readonly FaultSpec[];
  readonly log: ExchangeLog | undefined;
}

/** A client's end of the market channel, as its transport sees it. */
export interface Connection {
  receive(text: string): void;
  /** The client has read what was waiting, in part or whole. */
  drained(): void;
  /** The connection is gone, whoever ended it. */
  ended(): void;
}

const RESTART_MS = 5_000;
const STALE_BOOK_MS = 2_000;
const LAG_MS_MEDIAN = 40;
const LAG_SIGMA = 1;
const LAG_MS_MAX = 1_100;
const REST_ERROR_STATUS = 500;
const BAD_GATEWAY = jsonAnswer({ error: "bad gateway" }, 502);

/**
 * The venue in a box, without the network: market channel, REST and faults over one agenda.
 * Servers and clients in this process connect to it alike.
 */
export class Exchange {
  readonly agenda: Agenda;
  readonly simulation: Simulation;
  /** What is served instead of it, if a recording is. */
  readonly replay: Replay | undefined;
  readonly faults: Faults;
  readonly conditions: Conditions;
  readonly #parts: ExchangeParts;
  readonly #feed: Feed;
  readonly #channel: MarketChannel;
  readonly #rest: RestService;
  readonly #restRandom: Random;
  readonly #clients = new Set<Client>();
  #connections = 0;
  #downUntilMs = 0;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.agenda = new Agenda(parts.clock);
    this.faults = new Faults(this.agenda, randomOf(parts.seed, "faults"), {
      strikeSocket: (spec) => this.#strikeSocket(spec),
      strikeExchange: (spec) => this.#strikeExchange(spec),
    });
    this.conditions = {
      recipe: parts.recipe,
      clockStepMs: 0,
      oddities: odditiesTimes(parts.oddities),
    };
    const simulationFeed = new SimulationFeed(this.agenda, this.faults, parts.bookCeiling);
    const { messages } = parts;
    this.replay = parts.replay && new Replay(parts.replay, this.agenda);
    const isSimulated = messages === undefined && this.replay === undefined;
    this.simulation = new Simulation(
      isSimulated ? parts : { ...parts, markets: 0, series: 0, rate: 0 },
      {
        agenda: this.agenda,
        conditions: this.conditions,
        audience: simulationFeed,
      },
    );
    simulationFeed.attach(this.simulation);
    const file = messages && new FileFeed(messages);
    this.#feed = this.replay?.feed ?? file ?? simulationFeed;
    this.#channel = new MarketChannel(this.#feed, this.faults, (socket, fault) =>
      this.#tellFault(socket, fault),
    );
    this.#restRandom = randomOf(parts.seed, "rest");
    this.#rest = new RestService({
      venue: this.replay?.venue ?? this.simulation,
      nowMs: () => this.replay?.nowMs ?? this.agenda.nowMs,
      limits: parts.rateLimits,
    });
    for (const { recipe, atMs } of parts.recipeSwitches) {
      this.agenda.after(atMs, () => {
        this.conditions.recipe = recipe;
      });
    }
    for (const spec of parts.faults) this.addFault(spec);
  }

  /** Throws `BAD_INPUT` for a fault of tokens where a file is served. */
  addFault(spec: FaultSpec): PlannedFault {
    const isOfTokens = spec.kind === "stall-token" || spec.token !== undefined;
    if (this.#parts.messages !== undefined && isOfTokens) {
      throw new PolybotError("BAD_INPUT", "fault of a token: a file of messages has no tokens");
    }
    return this.faults.add(spec);
  }

  /** True while it is restarting: nobody can connect. */
  get isDown(): boolean {
    return this.agenda.nowMs < this.#downUntilMs;
  }

  /** The clients that are connected. */
  get clients(): readonly Client[] {
    return [...this.#clients].filter(({ socket }) => socket.isOpen);
  }

  tokensOf(client: Client): readonly string[] {
    return this.#feed.tokensOf(client);
  }

  /** A client connects; `undefined` while the exchange is down. */
  connect(transport: Transport): Connection | undefined {
    this.agenda.catchUp();
    if (this.isDown) return undefined;
    const client = this.#client(transport);
    this.#clients.add(client);
    return {
      receive: (text) => this.#receive(client, text),
      drained: () => this.#feed.drained(client),
      ended: () => {
        client.socket.ended();
        this.#clients.delete(client);
        this.#feed.forget(client);
      },
    };
  }

  /** Answers as the venue's REST services, Gamma under its prefix. */
  answer(request: RestRequest): RestAnswer {
    this.agenda.catchUp();
    if (this.isDown) return BAD_GATEWAY;
    const occasion = { tokenIds: askedTokens(request) };
    const error = this.faults.strikes("rest-error", occasion);
    if (error !== undefined) {
      this.#tellFault(0, error.kind, { text: request.path });
      return jsonAnswer({ error: "a fault on purpose" }, error.status ?? REST_ERROR_STATUS);
    }
    const stale = request.path.startsWith("/book")
      ? this.faults.strikes("stale-book", occasion)
      : undefined;
    if (stale === undefined) return this.#rest.answer(request, { staleMs: this.#lagMs() });
    this.#tellFault(0, stale.kind, { text: request.path });
    return this.#rest.answer(request, { staleMs: stale.ms ?? STALE_BOOK_MS });
  }

  /** The stream is mostly ahead of REST (docs/PROTOCOL.md, "CLOB"). */
  #lagMs(): number {
    const isLagging = this.#restRandom() < this.conditions.oddities.laggingRest;
    const lagMs = logNormal(this.#restRandom, LAG_MS_MEDIAN, LAG_SIGMA);
    return isLagging ? Math.min(LAG_MS_MAX, lagMs) : 0;
  }

  /** Nothing happens any more, and nobody is connected. */
  stop(): void {
    this.agenda.stop();
    void this.replay?.playback.stop();
    for (const { socket } of this.clients) socket.drop();
  }

  #client(transport: Transport): Client {
    this.#connections += 1;
    const number = this.#connections;
    const { agenda, faults } = this;
    const { delayMs, seed } = this.#parts;
    const onSent = (text: string) => {
      this.#parts.log?.({ t_us: this.#parts.clock.nowUs(), socket: number, text });
    };
    const socket = new ClientSocket({ number, transport, agenda, onSent });
    const troubles = new SocketTroubles();
    const line = new Line({
      socket,
      agenda,
      random: randomOf(seed, `line ${number}`),
      faults,
      troubles,
      delayMs,
      isSubscribed: (tokenId) => this.#feed.isSubscribed(client, tokenId),
      onRoom: () => this.#feed.drained(client),
      onFault: (fault, text, options) => this.#tellFault(number, fault, { text, ...options }),
      onSocketFault: (spec, tokenIds) => this.#strike(client, spec, tokenIds),
    });
    const voice = new Voice({
      line,
      agenda,
      random: randomOf(seed, `voice ${number}`),
      conditions: this.conditions,
    });
    const client: Client = { socket, voice, line, troubles };
    return client;
  }

  #receive(client: Client, text: string): void {
    this.agenda.catchUp();
    if (!client.socket.isOpen || client.socket.isSilent) {
      client.socket.reset();
      return;
    }
    client.socket.noteTraffic();
    this.#channel.receive(client, text);
  }

  #strikeSocket(spec: FaultSpec): boolean {
    const { socket, token } = spec;
    const chosen = this.clients.filter(
      (client) =>
        (socket === undefined || client.socket.number === socket) &&
        (token === undefined || this.tokensOf(client).includes(token)),
    );
    const client = this.faults.draw(chosen);
    if (client === undefined) return false;
    this.#strike(client, spec, this.tokensOf(client));
    return true;
  }

  #strike(client: Client, spec: FaultSpec, tokenIds: readonly string[]): void {
    this.#tellFault(client.socket.number, spec.kind);
    const tokenId =
      spec.token ?? this.faults.draw(tokenIds.length > 0 ? tokenIds : this.tokensOf(client));
    strikeSocket(client, spec, this.agenda.nowMs, tokenId);
  }

  #strikeExchange({ kind, forMs, ms }: FaultSpec): void {
    this.#tellFault(0, kind);
    if (kind === "clock-step") {
      this.conditions.clockStepMs += ms ?? 0;
      return;
    }
    const untilMs = this.agenda.nowMs + (forMs ?? RESTART_MS);
    this.#downUntilMs = Math.max(this.#downUntilMs, untilMs);
    for (const { socket } of this.clients) socket.drop();
  }

  #tellFault(
    socket: number,
    fault: string,
    { text, follows = false }: { readonly text?: string; readonly follows?: boolean } = {},
  ): void {
    this.#parts.log?.({
      t_us: this.#parts.clock.nowUs(),
      socket,
      fault,
      ...(text !== undefined && { text }),
      ...(follows && { follows: true as const }),
    });
  }
}

/** The tokens that a request names, in its query or in its body. */
function askedTokens({ query, body }: RestRequest): string[] {
  const named = [...body.matchAll(/"token_id"\s*:\s*"(\d+)"/g)].map(([, tokenId = ""]) => tokenId);
  return [...query.getAll("token_id"), ...named];
}
