import { join } from "node:path";
import { ROOT } from "../polybot-process.ts";
import { FollowedSessions } from "./followed-sessions.ts";

const COMMANDS = {
  cat: (store: string) => [join(ROOT, "dist/polybot"), "cat", store, "--follow", "--json"],
  library: (store: string) => [
    process.execPath,
    join(import.meta.dir, "library-follower.ts"),
    store,
  ],
} as const;

export type FollowerKind = keyof typeof COMMANDS;

/** A process that follows a store from its beginning. */
export class Follower {
  readonly seen = new FollowedSessions();
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #read: Promise<void>;
  readonly #stderr: Promise<string>;
  #failure: unknown;

  constructor(kind: FollowerKind, store: string) {
    const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
    this.#process = Bun.spawn(COMMANDS[kind](store), { stdio });
    this.#stderr = new Response(this.#process.stderr).text();
    this.#read = this.#take().catch((error) => {
      this.#failure = error;
    });
  }

  /** Ends it, and gives what it said on standard error. */
  async stop(signal: NodeJS.Signals): Promise<string> {
    this.#process.kill(signal);
    await this.#process.exited;
    await this.#read;
    if (this.#failure !== undefined) throw this.#failure;
    return this.#stderr;
  }

  async #take(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#process.stdout) {
      this.seen.take(decoder.decode(bytes, { stream: true }));
    }
  }
}
