/** A socket's clock that is behind its last stamp by more was set back, see `MarketSocket`. */
const CLOCK_STEP_US = 1000;

interface Step {
  /** The highest socket number that is known to be of before, and the lowest of after. */
  before: number;
  after: number;
}

/**
 * The times between two steps of a recorder's clock. Sockets are numbered in the order in which
 * they are opened, and each gets a new number when its clock was set back: so a number tells the
 * epoch, once any session has shown both sides of the step.
 */
export class Epochs {
  readonly #steps: Step[] = [];

  of(socket: number): number {
    let epoch = 0;
    for (const { after } of this.#steps) if (after <= socket) epoch++;
    return epoch;
  }

  /** The last that is known. */
  get last(): number {
    return this.#steps.length;
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
    } else {
      known.before = Math.max(known.before, last.socket);
      known.after = Math.min(known.after, next.socket);
    }
    return true;
  }
}
