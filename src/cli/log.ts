/** What a long-running command tells people while it runs, on standard error. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
}

/** Consola's number for warnings and what is worse. */
const WARNINGS = 1;

/** Loaded when a command wants it: the library costs 15 ms, which `polybot ls` need not pay. */
export async function openLog({ isQuiet = false } = {}): Promise<Log> {
  // A log file or a cron mail wants one plain line an event.
  const { createConsola } = process.stderr.isTTY
    ? await import("consola")
    : await import("consola/basic");
  const streams = { stdout: process.stderr, stderr: process.stderr };
  const consola = createConsola({ ...streams, ...(isQuiet && { level: WARNINGS }) });
  return consola.withTag("polybot");
}
