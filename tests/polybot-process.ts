import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs the built executable, as a user does. `scripts/test` builds it first. */

export const ROOT = join(import.meta.dir, "..");
export const POLYBOT = join(ROOT, "dist/polybot");

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  /** Defaults to the built one in place. */
  readonly binary?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A command that runs until it is told to stop. */
export class PolybotProcess {
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #stdout: Promise<void>;
  readonly #stderr: Promise<void>;
  #waiters: (() => void)[] = [];
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], { cwd, env, binary = POLYBOT }: RunOptions = {}) {
    this.#process = Bun.spawn([binary, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: cwd ?? ROOT,
      env: { ...process.env, NO_COLOR: "1", ...env },
    });
    this.#stdout = this.#collect(this.#process.stdout, (text) => {
      this.stdout += text;
    });
    this.#stderr = this.#collect(this.#process.stderr, (text) => {
      this.stderr += text;
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves when `seen` holds of what was printed so far; rejects if the process ends first. */
  async until(seen: (process: this) => boolean): Promise<void> {
    while (!seen(this)) {
      if (this.#process.exitCode !== null) {
        throw new Error(`ended with ${this.#process.exitCode} first: ${this.stderr}`);
      }
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async finished(): Promise<Finished> {
    const code = await this.#process.exited;
    await Promise.all([this.#stdout, this.#stderr]);
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Finished> {
    this.kill(signal);
    return this.finished();
  }

  async #collect(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      add(decoder.decode(bytes, { stream: true }));
      this.#wake();
    }
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

export function polybot(args: readonly string[], options?: RunOptions): Promise<Finished> {
  return new PolybotProcess(args, options).finished();
}

/** Resolves when a file has at least so many lines. */
export async function linesWritten(path: string, lines: number): Promise<void> {
  const count = async () => ((await Bun.file(path).exists()) ? await Bun.file(path).text() : "");
  while ((await count()).split("\n").length - 1 < lines) await Bun.sleep(10);
}

/** Printed JSON lines as values. */
export function jsonLines<T>(text: string): T[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

interface Ready {
  readonly ws_url: string;
  readonly clob_url: string;
  readonly gamma_url: string;
  readonly control_url: string;
  readonly markets: readonly {
    readonly market: string;
    readonly slug: string;
    readonly tokens: readonly { readonly token_id: string; readonly outcome: string }[];
  }[];
}

/** An exchange in its own process. */
export class ExchangeProcess extends PolybotProcess {
  ready!: Ready;

  /** A simulation, or a file of messages. */
  static start(...flags: string[]): Promise<ExchangeProcess> {
    return ExchangeProcess.run("simulate", ...flags);
  }

  static async run(...args: string[]): Promise<ExchangeProcess> {
    const exchange = new ExchangeProcess(args);
    await exchange.until(({ stdout }) => stdout.includes("\n"));
    exchange.ready = JSON.parse(exchange.stdout) as Ready;
    return exchange;
  }

  get tokenIds(): string[] {
    return this.ready.markets.flatMap(({ tokens }) => tokens.map(({ token_id }) => token_id));
  }

  /** Flags that point a recorder here. */
  get endpoints(): string[] {
    const { ws_url, clob_url, gamma_url } = this.ready;
    return ["--ws-url", ws_url, "--clob-url", clob_url, "--gamma-url", gamma_url];
  }
}

/** The system limits one argument to 128 KiB, so many tokens come in several flags. */
const TOKENS_PER_FLAG = 1000;

export function assetFlags(tokenIds: readonly string[]): string[] {
  const flags: string[] = [];
  for (let from = 0; from < tokenIds.length; from += TOKENS_PER_FLAG) {
    flags.push("--assets", tokenIds.slice(from, from + TOKENS_PER_FLAG).join(","));
  }
  return flags;
}

/** A recorder in its own process. */
export function startRecorder(
  exchange: ExchangeProcess,
  tokenIds: readonly string[],
  storagePath: string,
  ...flags: string[]
): PolybotProcess {
  const storage = ["--enable-storage", "--storage-path", storagePath];
  const assets = assetFlags(tokenIds);
  return new PolybotProcess(["stream", ...assets, ...storage, ...exchange.endpoints, ...flags]);
}

/**
 * Stops the exchange, which sends what it has sent and closes; then, when the recorder has seen
 * the end of its socket and so every message before it, the recorder.
 */
export async function stopBoth(
  exchange: ExchangeProcess,
  recorder: PolybotProcess,
): Promise<Finished> {
  await exchange.stop();
  // Of a connection with nothing but settled tokens only the next one is told, which fails.
  await recorder.until(({ stderr }) => /disconnected|cannot connect/.test(stderr));
  return recorder.stop();
}

/** A file system in memory, where the machine has one. */
const MEMORY = "/dev/shm";

/**
 * A fresh folder, removed by `using`; "memory" for tests of thousands of files that are about
 * what is in them, not about the disk.
 */
export function temporaryFolder(
  where: "disk" | "memory" = "disk",
): { readonly path: string } & Disposable {
  const parent = where === "memory" && existsSync(MEMORY) ? MEMORY : tmpdir();
  const path = mkdtempSync(join(parent, "polybot-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
