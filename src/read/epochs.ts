import type { Update } from "./update.ts";

/** A socket whose clock is behind its last stamp by more was renumbered, see `MarketSocket`. */
const CLOCK_STEP_US = 1000;
/** Every socket hears something in that time, if only PONG, and is renumbered then. */
const STEP_US_MAX = 30_000_000;
/** The kind of the notes that tell of it. */
const CLOCK_STEP = "clock-step";

interface Step {
  /** The highest socket number that is known to be of before, and the lowest of after. */
  before: number;
  after: number;
}

/**
 * The times between two steps of a recorder's clock. Sockets are numbered in the order in which
 * they are opened, and each gets a new number when its clock was set back: so a number tells the
 * epoch. Steps are known from the notes in the channel's session; without it from any session that
 * shows both sides of one.
 */
export class Epochs {
  readonly #steps: Step[] = [];
  /** When the last step was noted first. */
  #notedUs = Number.POSITIVE_INFINITY;

  of(socket: number): number {
    let epoch = 0;
    for (const { after } of this.#steps) if (after <= socket) epoch++;
    return epoch;
  }

  /** The last that is known. */
  get last(): number {
    return this.#steps.length;
  }

  /** Takes the notes of a channel in order. */
  note({ data, socket, received_us }: Update): void {
    if (data.kind !== CLOCK_STEP || socket === 0) return;
    const sinceUs = received_us - this.#notedUs;
    // Each of the sockets has its own note.
    if (sinceUs >= 0 && sinceUs <= STEP_US_MAX) return;
    this.#notedUs = received_us;
    this.#steps.push({ before: socket - 1, after: socket });
  }

  /** Learns from two updates that follow one another in a session; whether they show a step. */
  learn(
    last: { readonly socket: number; readonly received_us: number },
    next: { readonly socket: number; readonly received_us: number },
  ): boolean {
    const backUs = last.received_us - next.received_us;
    if (backUs <= CLOCK_STEP_US || next.socket <= last.socket) return false;
    const known = this.#steps.find(
      ({ before, after }) => before < next.socket && last.socket < after,
    );
    if (known === undefined) {
      this.#steps.push({ before: last.socket, after: next.socket });
      return true;
    }
    if (known.before >= last.socket && known.after <= next.socket) return false;
    known.before = Math.max(known.before, last.socket);
    known.after = Math.min(known.after, next.socket);
    return true;
  }
}
