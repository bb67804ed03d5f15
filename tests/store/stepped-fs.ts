import { type AppendFile, type Fs, systemFs } from "../../src/ports/fs.ts";

/** How the disk goes wrong at a step: for that step, from then on, or as when the process dies. */
export type Fault = "EIO" | "ENOSPC" | "ENOSPC for ever" | "stop" | "stop after";

export const FAULTS: readonly Fault[] = ["EIO", "ENOSPC", "ENOSPC for ever", "stop", "stop after"];

/**
 * The real disk, whose calls that change something are counted; one of them fails. After a stop
 * every further call fails too, so that nothing is tidied up; a write that is stopped leaves half.
 */
export class SteppedFs implements Fs {
  steps = 0;
  /** What was done, and to which path; a rename is told of where it leads. */
  readonly calls: string[] = [];
  readonly #failAt: number;
  readonly #fault: Fault;

  /** `failAt` counts from 1; none fails at 0. */
  constructor(failAt = 0, fault: Fault = "stop") {
    this.#failAt = failAt;
    this.#fault = fault;
  }

  readonly makeFolders = this.#stepped("makeFolders", systemFs.makeFolders);
  readonly makeFolder = this.#stepped("makeFolder", systemFs.makeFolder);
  readonly writeFile = this.#stepped("writeFile", systemFs.writeFile, (path, bytes) =>
    systemFs.writeFile(path, bytes.subarray(0, bytes.length >> 1)),
  );
  readonly syncFile = this.#stepped("syncFile", systemFs.syncFile);
  readonly syncFolder = this.#stepped("syncFolder", systemFs.syncFolder);
  readonly rename = this.#stepped("rename", systemFs.rename);
  readonly remove = this.#stepped("remove", systemFs.remove);
  readonly removeFolder = this.#stepped("removeFolder", systemFs.removeFolder);
  readonly open = systemFs.open;
  readonly readFile = systemFs.readFile;
  readonly list = systemFs.list;
  readonly stat = systemFs.stat;
  readonly freeBytes = systemFs.freeBytes;
  readonly create = this.#stepped("create", async (path: string) =>
    this.#file(path, await systemFs.create(path)),
  );
  readonly reopen = this.#stepped("reopen", async (path: string) =>
    this.#file(path, await systemFs.reopen(path)),
  );

  #file(path: string, file: AppendFile): AppendFile {
    return {
      write: this.#stepped(`write ${path}`, file.write, async (bytes, position) => {
        await file.write(bytes.subarray(0, bytes.length >> 1), position);
      }),
      truncate: this.#stepped(`truncate ${path}`, file.truncate),
      datasync: this.#stepped(`datasync ${path}`, file.datasync),
      // A process that stops closes its files.
      close: file.close,
    };
  }

  #stepped<A extends unknown[], R>(
    what: string,
    run: (...args: A) => Promise<R>,
    half?: (...args: A) => Promise<void>,
  ): (...args: A) => Promise<R> {
    return async (...args) => {
      this.steps++;
      const path = args.filter((arg) => typeof arg === "string").at(-1);
      this.calls.push(path === undefined ? what : `${what} ${path}`);
      const isNow = this.steps === this.#failAt;
      const isAfter = this.#failAt > 0 && this.steps > this.#failAt;
      const lasts = this.#fault !== "EIO" && this.#fault !== "ENOSPC";
      if (isNow && this.#fault === "stop after") await closeIfOpen(await run(...args));
      if (isNow && this.#fault !== "stop after") await half?.(...args);
      if (isNow || (isAfter && lasts)) throw systemError(this.#fault);
      return run(...args);
    };
  }
}

/** Nobody else will: a handle that is collected ends the process. */
async function closeIfOpen(result: unknown): Promise<void> {
  if (typeof result === "object" && result !== null) await (result as AppendFile).close();
}

function systemError(fault: Fault): Error {
  const code = fault.startsWith("ENOSPC") ? "ENOSPC" : "EIO";
  return Object.assign(new Error(`${code}: the test's disk`), { code });
}
