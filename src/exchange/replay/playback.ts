import type { MergedItem } from "../../read/merge.ts";
import type { Agenda } from "../agenda.ts";
import { MAX_SPEED, ReplayClock } from "./replay-clock.ts";

/** The items of a recording from a time on; those before it lead to the books of then. */
export type ItemsFrom = (us: number) => AsyncIterable<MergedItem>;

export interface PlaybackParts {
  readonly agenda: Agenda;
  readonly itemsFrom: ItemsFrom;
  /** Receive times, epoch microseconds. */
  readonly fromUs: number;
  /** `undefined`: up to the last item. */
  readonly toUs: number | undefined;
  readonly speed: number;
  /** At `MAX_SPEED`, whether the next message may come. */
  readonly isReady: () => boolean;
  /** Of before the time that is about to be begun with. */
  readonly onLead: (item: MergedItem) => void;
  /** What the lead led to is now. */
  readonly onBegin: () => void;
  readonly onItem: (item: MergedItem) => void;
  readonly onEnd: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** Items that are read ahead, and when it is time to read on. */
const AHEAD_MAX = 512;
const AHEAD_MIN = 128;
/** So many are let go before sockets get their turn. */
const SLICE = 64;
/** At `MAX_SPEED` clients that are waited for are looked at so often. */
const LOOK_MS = 100;
/** A recorder's clock that was set back by more is followed. */
const CLOCK_STEP_US = 1_000;

/** Lets the items of a recording happen, each at its time of the replay. */
export class Playback {
  readonly #parts: PlaybackParts;
  readonly #clock: ReplayClock;
  #source: AsyncIterator<MergedItem> | undefined;
  #ahead: MergedItem[] = [];
  /** Those of `#ahead` that have happened. */
  #taken = 0;
  #isFilling = false;
  /** Nothing more is to be read. */
  #isRead = false;
  #isEnded = false;
  #isStarted = false;
  #isPaused = false;
  #isPumping = false;
  /** For `isReady`. */
  #isWaiting = false;
  #lastUs: number;
  /** Whose timer counts: it is planned anew with every change. */
  #plan = 0;

  constructor(parts: PlaybackParts) {
    this.#parts = parts;
    const { agenda, fromUs, speed } = parts;
    this.#clock = new ReplayClock(() => agenda.nowMs, fromUs, speed);
    this.#lastUs = fromUs;
  }

  /** Epoch microseconds. */
  get nowUs(): number {
    const { toUs = Number.POSITIVE_INFINITY } = this.#parts;
    const endUs = this.#isRead && this.#next === undefined ? this.#endUs : toUs;
    return Math.min(Math.floor(this.#clock.nowUs), Math.max(endUs, this.#lastUs));
  }

  /** Whether what comes next is not read yet: the disk is behind time. */
  get isBehind(): boolean {
    return this.#next === undefined && !this.#isRead;
  }

  get speed(): number {
    return this.#clock.speed;
  }

  /** `waiting` for the first subscription. */
  get state(): "waiting" | "running" | "paused" | "ended" {
    if (this.#isEnded) return "ended";
    if (this.#isPaused) return "paused";
    return this.#isStarted ? "running" : "waiting";
  }

  /** Reads up to the time that is begun with. */
  async begin(us = this.#parts.fromUs): Promise<void> {
    const { itemsFrom, onBegin, onLead } = this.#parts;
    this.#plan++;
    const source = itemsFrom(us)[Symbol.asyncIterator]();
    let first: MergedItem | undefined;
    for (;;) {
      const { value, done } = await source.next();
      if (done) break;
      if (usOf(value) >= us) {
        first = value;
        break;
      }
      onLead(value);
    }
    await this.#source?.return?.();
    this.#source = source;
    this.#ahead = first === undefined ? [] : [first];
    this.#taken = 0;
    this.#isFilling = false;
    this.#isRead = first === undefined;
    this.#isEnded = false;
    this.#lastUs = us;
    this.#clock.set(us);
    onBegin();
    this.#run();
  }

  /** Lets time run; it waits for this once. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#run();
  }

  /** What `isReady` asks for may have come. */
  ready(): void {
    if (this.#isWaiting) this.#replan();
  }

  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused;
    this.#run();
  }

  set speed(speed: number) {
    this.#clock.speed = speed;
    this.#replan();
  }

  /** Nothing more is read or happens. */
  async stop(): Promise<void> {
    this.#plan++;
    this.#isPaused = true;
    await this.#source?.return?.();
  }

  get #next(): MergedItem | undefined {
    return this.#ahead[this.#taken];
  }

  get #endUs(): number {
    return this.#parts.toUs ?? this.#lastUs;
  }

  #run(): void {
    this.#clock.isRunning = this.#isStarted && !this.#isPaused && !this.#isEnded;
    this.#replan();
  }

  #replan(): void {
    this.#plan++;
    // What is happening goes on by itself.
    if (!this.#isPumping) this.#pump();
  }

  #pump(): void {
    this.#isPumping = true;
    this.#isWaiting = false;
    try {
      this.#letHappen();
    } finally {
      this.#isPumping = false;
    }
  }

  /** Lets happen what is due, and plans the rest. */
  #letHappen(): void {
    const isMax = this.#clock.speed === MAX_SPEED;
    for (let i = 0; i < SLICE && this.#clock.isRunning; i++) {
      const next = this.#next;
      if (next === undefined) {
        if (this.#isRead) this.#pumpEnd();
        else this.#fill();
        return;
      }
      if (isMax && next.kind === "message" && !this.#parts.isReady()) {
        this.#isWaiting = true;
        this.#after(LOOK_MS);
        return;
      }
      const delayMs = this.#clock.delayMs(usOf(next));
      if (delayMs > 0) {
        this.#after(delayMs);
        return;
      }
      this.#happen(next);
    }
    if (this.#clock.isRunning) this.#after(0);
  }

  #happen(item: MergedItem): void {
    const us = usOf(item);
    this.#taken++;
    const isStep = item.kind === "message" && this.#lastUs - us > CLOCK_STEP_US;
    if (this.#clock.speed === MAX_SPEED || isStep) this.#clock.set(us);
    if (item.kind === "message") this.#lastUs = us;
    this.#parts.onItem(item);
    if (this.#ahead.length - this.#taken < AHEAD_MIN) this.#fill();
  }

  #pumpEnd(): void {
    const delayMs = this.#clock.delayMs(this.#endUs);
    if (delayMs > 0) {
      this.#after(delayMs);
      return;
    }
    this.#clock.set(Math.max(this.#endUs, this.#lastUs));
    this.#clock.isRunning = false;
    this.#isEnded = true;
    this.#parts.onEnd();
  }

  #after(delayMs: number): void {
    const plan = ++this.#plan;
    this.#parts.agenda.after(delayMs, () => {
      if (plan === this.#plan) this.#pump();
    });
  }

  #fill(): void {
    if (this.#isFilling || this.#isRead) return;
    this.#isFilling = true;
    this.#ahead = this.#ahead.slice(this.#taken);
    this.#taken = 0;
    this.#read(this.#source!).catch(this.#parts.onFailure);
  }

  async #read(source: AsyncIterator<MergedItem>): Promise<void> {
    while (this.#ahead.length - this.#taken < AHEAD_MAX) {
      const { value, done } = await source.next();
      if (source !== this.#source) return;
      if (done) {
        this.#isRead = true;
        break;
      }
      const wasEmpty = this.#next === undefined;
      this.#ahead.push(value);
      if (wasEmpty) this.#replan();
    }
    this.#isFilling = false;
    if (this.#next === undefined) this.#replan();
  }
}

function usOf(item: MergedItem): number {
  return item.kind === "gap" ? item.from_us : item.received_us;
}
