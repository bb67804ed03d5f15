const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The exit code of a program that SIGINT ended, by the shell's custom. */
const INTERRUPTED = 130;

/**
 * Resolves at the first request to stop. A second SIGINT ends the process at once: what is
 * written is whole, what is not is lost.
 */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let interrupts = 0;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (signal === "SIGINT" && ++interrupts > 1) process.exit(INTERRUPTED);
        resolve();
      });
    }
  });
}
