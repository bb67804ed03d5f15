/** What a long-running command tells people while it runs, on standard error. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
}

/** Loaded when a command wants it: the library costs 15 ms, which `polybot ls` need not pay. */
export async function openLog(): Promise<Log> {
  // A log file or a cron mail wants one plain line an event.
  const { createConsola } = process.stderr.isTTY
    ? await import("consola")
    : await import("consola/basic");
  const consola = createConsola({ stdout: process.stderr, stderr: process.stderr });
  return consola.withTag("polybot");
}
