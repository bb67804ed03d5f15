import { fieldsOf, type MarketEvent } from "../../src/format/market-event.ts";
import { decode } from "../../src/polymarket/decode.ts";
import type { Random } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import type { Arrival } from "../../src/store/arrival.ts";
import { CHANNEL } from "../../src/store/paths.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import type { SimulatedDisk } from "../disk/simulated-disk.ts";
import { randomStream } from "../random-stream.ts";
import { takeLoneLock, takeOverAlone } from "./lone-locks.ts";

export const BASE_PATH = "/data";
const START_MS = 1_795_000_000_000;

/** Updates in the order in which a token's were given to the writer. */
export type Sent = Map<string, readonly string[]>;
/** How many of a token's first updates were reported durable. */
export type Durable = ReadonlyMap<string, number>;

export interface RecordingPlan {
  readonly messages: number;
  /** Longest segment, bytes. */
  readonly segmentBytes: number;
  /** What each sync takes, virtual milliseconds. */
  readonly syncMs: number;
  /** Whether updates have hashes; random ones are searched for, which takes most of the time. */
  readonly isHashed: boolean;
}

/** What tells one update of a token from all others, and all that is recorded of it. */
export function identified(
  { receivedUs, place }: Pick<Arrival, "receivedUs" | "place">,
  event: MarketEvent,
): string {
  return JSON.stringify([receivedUs, place.element, place.entry, event.type, fieldsOf(event)]);
}

/**
 * A recorder on a simulated disk and on virtual time: random messages, with flushes, pauses and
 * ends of sessions between them, none of which is waited for. It keeps what it was told is durable.
 */
export class DiskRecording {
  readonly disk: SimulatedDisk;
  readonly sent = new Map<string, string[]>();
  durable: Durable = new Map();
  readonly #clock = new VirtualClock(START_MS);
  readonly #random: Random;
  readonly #plan: RecordingPlan;
  writer: StorageWriter | undefined;

  constructor(disk: SimulatedDisk, random: Random, plan: RecordingPlan) {
    this.disk = disk;
    this.#random = random;
    this.#plan = plan;
    if (plan.syncMs > 0) disk.slowSync = { clock: this.#clock, ms: plan.syncMs };
  }

  /** Records everything and shuts down; whether all of it was reported durable. */
  async run(): Promise<boolean> {
    try {
      await this.#open();
      await this.#record();
      await this.#settled(this.writer!.shutdown());
      this.#toldDurable(this.#counts());
      return true;
    } catch (error) {
      // A disk in trouble may end it so; whatever else comes is not expected.
      if (!(error instanceof Error && "code" in error)) throw error;
      return false;
    }
  }

  async #open(): Promise<void> {
    const { segmentBytes } = this.#plan;
    const maxFileSizeMb = segmentBytes / 1e6;
    const config = { basePath: BASE_PATH, maxFileSizeMb, roll: "hour" } as const;
    const ports = {
      fs: this.disk,
      clock: this.#clock,
      random: this.#random,
      takeLock: takeLoneLock,
      takeOver: takeOverAlone,
    };
    this.writer = await this.#settled(StorageWriter.open(config, ports));
  }

  async #record(): Promise<void> {
    const { messages, isHashed } = this.#plan;
    const { texts, tokenIds } = randomStream(this.#random, messages);
    const recorded = new Set(tokenIds);
    for (const original of texts) {
      const text = isHashed ? original : original.replaceAll(HASH, '"$1-"');
      this.#clock.advance(1 + this.#integer(20));
      const receivedUs = this.#clock.nowUs();
      for (const { event, place, tokenIds: owners } of decode(text)) {
        const own = owners.filter((tokenId) => recorded.has(tokenId));
        for (const tokenId of own.length > 0 ? own : [CHANNEL]) {
          this.#write(tokenId, event, { receivedUs, socket: 1, place });
        }
      }
      await this.#something(tokenIds);
    }
  }

  #write(tokenId: string, event: MarketEvent, arrival: Arrival): void {
    const sent = this.sent.get(tokenId) ?? [];
    this.sent.set(tokenId, sent);
    sent.push(identified(arrival, event));
    // What a failed session refuses is counted, and never durable.
    this.writer!.writeUpdate(tokenId, event, undefined, arrival).catch(() => {});
  }

  /** What happens between two messages. */
  async #something(tokenIds: readonly string[]): Promise<void> {
    // The disk gets on a little, far or all the way.
    for (let turns = this.#integer(12); turns > 0; turns--) await undefined;
    const dice = this.#integer(24);
    if (dice === 0) await turn();
    if (dice >= 1 && dice <= 3) this.#reported(this.writer!.flush(), this.#counts());
    if (dice === 4) this.#clock.advance(this.#integer(12_000));
    // By the clock on the wall alone: nothing else happens in that time.
    if (dice === 6) this.#clock.stepUs += HOUR_US;
    if (dice !== 5) return;
    const tokenId = tokenIds[this.#integer(tokenIds.length)]!;
    const count = this.sent.get(tokenId)?.length ?? 0;
    this.#reported(this.writer!.endSession(tokenId), new Map([[tokenId, count]]));
  }

  #counts(): Durable {
    return new Map(this.sent.entries().map(([tokenId, { length }]) => [tokenId, length]));
  }

  #reported(promise: Promise<void>, counts: Durable): void {
    promise.then(
      () => this.#toldDurable(counts),
      // Nothing was promised.
      () => {},
    );
  }

  /** A new map each time: who looked at the old one keeps it. */
  #toldDurable(counts: Durable): void {
    // The promise holds for what is not counted as lost, and only the sum of that is known.
    if (this.writer!.counts.lost > 0) return;
    const durable = new Map(this.durable);
    for (const [tokenId, count] of counts) {
      durable.set(tokenId, Math.max(count, durable.get(tokenId) ?? 0));
    }
    this.durable = durable;
  }

  /** Lets time pass until a promise is settled or the process has died. */
  async #settled<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    void this.disk.died.then(settle);
    for (let turns = 0; !isSettled; turns++) {
      if (turns > TURNS_MAX) throw new Error("the writer never ends");
      await turn();
      this.#clock.advance(STEP_MS);
    }
    return Promise.race([promise, this.disk.died.then(() => Promise.reject(new Died()))]);
  }

  #integer(below: number): number {
    return Math.floor(this.#random() * below);
  }
}

const HOUR_US = 3_600_000_000;
const HASH = /"([0-9a-f]{40})"/g;

/** An hour of virtual time: far longer than any trouble is waited for. */
const TURNS_MAX = 36_000;
const STEP_MS = 100;

/** Lets everything run that does not wait for time. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The simulated process is dead, and waits for nothing any more. */
class Died extends Error {
  readonly code = "DIED";
}
