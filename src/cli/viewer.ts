import type { Output } from "./output.ts";

/** Text that may wait for a slow reader; more is left out, and counted. */
const PENDING_MAX = 1024 * 1024;

/** Shows lines as they come, without ever making who brings them wait. */
export class Viewer {
  readonly #output: Output;
  readonly #onEnd: (error?: unknown) => void;
  #writing = false;
  /** Lines left out because the reader did not follow. */
  leftOut = 0;

  /** `onEnd` hears when nobody reads any more, or that the output failed. */
  constructor(output: Output, onEnd: (error?: unknown) => void) {
    this.#output = output;
    this.#onEnd = onEnd;
  }

  show(line: string): void {
    if (this.#output.pending > PENDING_MAX) {
      this.leftOut++;
      return;
    }
    this.#output.add(line);
    if (!this.#writing) this.#write().catch(this.#onEnd);
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#output.pending > 0) await this.#output.flush();
    this.#writing = false;
    if (this.#output.closed) this.#onEnd();
  }
}
