import { PolybotError } from "../format/error.ts";

/** Text collected before it is written: a write for each line would cost more than the line. */
const BATCH_LENGTH = 64 * 1024;

/**
 * Standard output: results only, in batches, waiting while the reader of a pipe is slow. A reader
 * that goes away (`polybot cat | head`) is no error: from then on output is `closed` and takes
 * nothing. Any other failure, such as a full disk, is one.
 */
export class Output {
  #batch = "";
  #closed = false;

  constructor() {
    // Every failure reaches the callback of its write; this only keeps it from being thrown too.
    process.stdout.on("error", () => {});
  }

  /** Nobody reads any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Text that was not written yet. */
  get pending(): number {
    return this.#batch.length;
  }

  /** Adds a line to what the next flush writes. */
  add(text: string): void {
    if (!this.#closed) this.#batch += `${text}\n`;
  }

  async line(text: string): Promise<void> {
    this.add(text);
    if (this.#batch.length >= BATCH_LENGTH) await this.flush();
  }

  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = "";
    if (batch === "") return;
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(batch, (cause) => {
        if (!cause) return resolve();
        if ((cause as NodeJS.ErrnoException).code === "EPIPE") {
          this.#closed = true;
          return resolve();
        }
        reject(
          new PolybotError("WRITE_FAILED", `cannot write to standard output: ${cause.message}`, {
            cause,
          }),
        );
      });
    });
  }
}

/** Words for people, on standard error. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One line for a failure, or one JSON object where the results are JSON. */
export function sayError(error: unknown, json: boolean): void {
  const known = error instanceof PolybotError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const code = known?.code ?? "INTERNAL";
  const hint = known?.hint;
  if (json) {
    say(JSON.stringify({ type: "error", code, message, hint }));
  } else {
    say(`error: ${message}${hint === undefined ? "" : ` (try: ${hint})`}`);
  }
  if (process.env.POLYBOT_DEBUG === "1" && error instanceof Error) say(error.stack ?? "");
}
