import { dialTo, httpTo, IN_PROCESS_URLS } from "../../src/exchange/in-process.ts";
import type { ExchangeOptions } from "../../src/exchange/start-exchange.ts";
import { fieldString, fieldsOf, type MarketEvent } from "../../src/format/market-event.ts";
import type { Dial } from "../../src/ports/dial.ts";
import { type Fs, systemFs } from "../../src/ports/fs.ts";
import { seededRandom } from "../../src/ports/random.ts";
import type { SessionFolder } from "../../src/read/session-folder.ts";
import { Store } from "../../src/read/store.ts";
import type { Verification } from "../../src/read/verification.ts";
import { verify } from "../../src/read/verify.ts";
import { Recorder } from "../../src/recorder/recorder.ts";
import type { StorageConfig } from "../../src/store/storage-config.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import type { SimulatedDisk } from "../disk/simulated-disk.ts";
import { VirtualExchange } from "../exchange/virtual-exchange.ts";
import type { PrintedUpdate } from "../expected-updates.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { takeLoneLock, takeOverAlone } from "../store/lone-locks.ts";
import { readAll } from "./in-process.ts";

/** The disk is real: virtual time waits for it before so many updates wait. */
const QUEUED_MAX = 20_000;

export type RecordingOptions = ExchangeOptions & {
  readonly tokensPerSocket?: number;
  readonly auditMs?: number;
  /** Tokens named by their ids; all that the exchange has at its start unless told. */
  readonly tokenIds?: readonly string[];
  /** Tokens that the exchange does not have. */
  readonly unknownTokens?: readonly string[];
  /** Another recording's, whose tokens it then waits for. */
  readonly venue?: VirtualExchange;
  /** Where the clock begins, epoch milliseconds. */
  readonly startMs?: number;
  /** In place of the real one, which runs beside virtual time and not with it. */
  readonly disk?: SimulatedDisk;
  /** Stands between the recorder and the exchange. */
  readonly tap?: (dial: Dial, venue: VirtualExchange) => Dial;
};

export interface RecordedNote {
  readonly tokenId: string;
  readonly kind: string;
  readonly cause: string;
  readonly from_us: number;
  readonly to_us: number;
  readonly updates: number;
}

/** A recorder of everything that an exchange says, both on virtual time, and a real store. */
export class VirtualRecording implements AsyncDisposable {
  readonly venue: VirtualExchange;
  readonly recorder: Recorder;
  readonly writer: StorageWriter;
  readonly warnings: string[] = [];
  /** The recorder's own updates, with the token that they are of, `""` for the channel. */
  readonly notes: RecordedNote[] = [];
  /** Opening books by token. */
  readonly openings = new Map<string, number>();
  /** Updates with a hash. */
  hashed = 0;
  /** Hears every update too. */
  heard: (tokenId: string, event: MarketEvent) => void = () => {};
  readonly #folder: ReturnType<typeof temporaryFolder>;
  readonly #fs: Fs;

  private constructor(
    venue: VirtualExchange,
    writer: StorageWriter,
    folder: ReturnType<typeof temporaryFolder>,
    options: RecordingOptions,
  ) {
    const { tokensPerSocket, auditMs, tokenIds = venue.tokenIds, unknownTokens = [] } = options;
    this.venue = venue;
    this.writer = writer;
    this.#folder = folder;
    this.#fs = options.disk ?? systemFs;
    const { exchange, clock } = venue;
    const dial = dialTo(exchange);
    this.recorder = new Recorder({
      endpoints: IN_PROCESS_URLS,
      tokenIds: [...tokenIds, ...unknownTokens],
      ...(tokensPerSocket !== undefined && { tokensPerSocket }),
      ...(auditMs !== undefined && { auditMs }),
      writer,
      isWaiting: options.venue !== undefined,
      ports: {
        clock,
        dial: options.tap?.(dial, venue) ?? dial,
        http: httpTo(exchange),
        random: seededRandom(1),
      },
      onUpdate: (tokenId, event) => this.#count(tokenId, event),
      onEvent: (level, text) => {
        if (level === "warn") this.warnings.push(text);
      },
    });
  }

  static async start(
    options: RecordingOptions,
    storage: Partial<StorageConfig> = {},
  ): Promise<VirtualRecording> {
    const folder = temporaryFolder("memory");
    const { venue = new VirtualExchange({ rateLimits: false, log: () => {}, ...options }) } =
      options;
    const { disk } = options;
    const locks = disk === undefined ? {} : { takeLock: takeLoneLock, takeOver: takeOverAlone };
    const fs = disk ?? systemFs;
    const ports = { fs, clock: venue.clock, random: seededRandom(2), ...locks };
    const writer = await StorageWriter.open({ basePath: folder.path, ...storage }, ports);
    const recording = new VirtualRecording(venue, writer, folder, options);
    recording.recorder.start();
    return recording;
  }

  /** Lets virtual time pass, and the disk follow. */
  async run(ms: number, stepMs = 1_000): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
      this.venue.run(Math.min(stepMs, leftMs));
      do await new Promise((resolve) => setImmediate(resolve));
      while (this.writer.queued > QUEUED_MAX);
    }
  }

  /** The store, which stays as long as the recording does. */
  get path(): string {
    return this.#folder.path;
  }

  sessions(): Promise<SessionFolder[]> {
    return new Store(this.#folder.path, this.#fs).folders();
  }

  notesOf(kind: string): RecordedNote[] {
    return this.notes.filter((note) => note.kind === kind);
  }

  /** The tokens whose book a hash proves now. */
  get proven(): string[] {
    return [...this.writer.watched()].flatMap(({ tokenId, standing }) =>
      standing.provenUs !== undefined && standing.missedFromUs === undefined ? [tokenId] : [],
    );
  }

  /** All that was stored, once everything is sealed. */
  async stored(): Promise<PrintedUpdate[]> {
    await this.recorder.stop();
    return readAll(this.#folder.path);
  }

  /** Seals everything, and reads every byte of it. */
  async verify(): Promise<Verification> {
    await this.recorder.stop();
    return verify(await this.sessions(), { fs: this.#fs });
  }

  #count(tokenId: string, event: MarketEvent): void {
    this.heard(tokenId, event);
    if (fieldString(event, "hash") !== undefined) this.hashed++;
    if (event.type === "book" && fieldString(event, "tick_size") !== undefined) {
      this.openings.set(tokenId, (this.openings.get(tokenId) ?? 0) + 1);
    }
    if (event.type !== "note") return;
    const fields = fieldsOf(event) as Omit<RecordedNote, "tokenId">;
    this.notes.push({ ...fields, tokenId });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.recorder.stop();
    this.venue.exchange.stop();
    this.#folder[Symbol.dispose]();
  }
}
