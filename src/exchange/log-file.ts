import { type FileHandle, open } from "node:fs/promises";
import { PolybotError } from "../format/error.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { ExchangeLog } from "./exchange-log.ts";

const FLUSH_EVERY_MS = 100;

/**
 * The log of an exchange in a file, one JSON object a line. Lines collect in memory and are
 * written in the background, one write at a time; `close` writes the rest, so that a log is
 * complete when its exchange has stopped.
 */
export class LogFile {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #lines: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #failure: PolybotError | undefined;

  private constructor(path: string, file: FileHandle, clock: Clock) {
    this.#path = path;
    this.#file = file;
    this.#clock = clock;
  }

  /** Opens a log without touching what is there. Throws `WRITE_FAILED`. */
  static async create(path: string, clock: Clock): Promise<LogFile> {
    try {
      return new LogFile(path, await open(path, "a"), clock);
    } catch (cause) {
      throw new PolybotError("WRITE_FAILED", `cannot write the log ${path}`, { path, cause });
    }
  }

  /**
   * Empties the file. It waits until now so that an exchange that cannot start does not wipe the
   * log of the one that has its port.
   */
  async start(): Promise<void> {
    // Pipes and terminals cannot be emptied and need not be.
    await this.#file.truncate(0).catch(() => {});
    this.#timer = this.#clock.every(FLUSH_EVERY_MS, () => this.#flush());
  }

  readonly record: ExchangeLog = (line) => {
    if (this.#failure === undefined) this.#lines.push(JSON.stringify(line));
  };

  /** Writes what is left. Throws `WRITE_FAILED` if any line could not be written. */
  async close(): Promise<void> {
    this.#timer?.stop();
    this.#flush();
    await this.#writing;
    await this.#file.close();
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }

  /** Lines taken during a write go with the next one; a failed log takes no more. */
  #flush(): void {
    this.#writing = this.#writing.then(async () => {
      if (this.#lines.length === 0) {
        return;
      }
      const lines = this.#lines;
      this.#lines = [];
      try {
        await this.#file.appendFile(`${lines.join("\n")}\n`);
      } catch (cause) {
        const path = this.#path;
        this.#failure ??= new PolybotError("WRITE_FAILED", `cannot write the log ${path}`, {
          path,
          cause,
        });
        this.#lines = [];
      }
    });
  }
}
