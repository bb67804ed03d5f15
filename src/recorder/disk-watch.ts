import { PolybotError } from "../format/error.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import { errorCode } from "../ports/fs.ts";
import type { StorageWriter } from "../store/storage-writer.ts";

const LOOK_MS = 1000;
/** A disk that became read-only may be made writable again by a person; for so long it is waited. */
const READ_ONLY_MS = 600_000;

/** Gives up a recording whose disk has been read-only for ten minutes: nothing else helps then. */
export class DiskWatch {
  readonly #timer: Timer;
  readonly #gaveUp = Promise.withResolvers<never>();
  #sinceMs: number | undefined;

  constructor(writer: Pick<StorageWriter, "trouble">, clock: Clock) {
    this.#gaveUp.promise.catch(() => {});
    this.#timer = clock.every(LOOK_MS, () => {
      if (errorCode(writer.trouble) !== "EROFS") this.#sinceMs = undefined;
      else this.#sinceMs ??= clock.monotonicMs();
      if (this.#sinceMs === undefined || clock.monotonicMs() - this.#sinceMs < READ_ONLY_MS) return;
      this.stop();
      this.#gaveUp.reject(
        new PolybotError("STORE_NOT_WRITABLE", "the store has been read-only for ten minutes", {
          hint: "remount it for writing; what was not stored is told in gap notes",
          cause: writer.trouble,
        }),
      );
    });
  }

  /** Rejects with `STORE_NOT_WRITABLE`; never resolves. */
  get gaveUp(): Promise<never> {
    return this.#gaveUp.promise;
  }

  stop(): void {
    this.#timer.stop();
  }
}
