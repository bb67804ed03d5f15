const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The exit code of a program that SIGINT ended, by the shell's custom. */
const INTERRUPTED = 130;

/**
 * One Ctrl-C may come twice: from the terminal, and again from a parent (timeout, npm, bun run)
 * that passes it on. Only one this much later is somebody who will not wait.
 */
const SAME_INTERRUPT_MS = 500;

/**
 * Resolves at the first request to stop. A second SIGINT ends the process at once: what is
 * written is whole, what is not is lost.
 */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        const nowMs = performance.now();
        firstMs ??= nowMs;
        if (signal === "SIGINT" && nowMs - firstMs > SAME_INTERRUPT_MS) process.exit(INTERRUPTED);
        resolve();
      });
    }
  });
}
