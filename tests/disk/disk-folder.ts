import type { DiskFile } from "./disk-file.ts";
import type { Fate } from "./fate.ts";
import type { Sync } from "./history.ts";

export type DiskNode = DiskFile | DiskFolder;

/** Names with what they stand for from now on: all take effect, or none. */
type Change = Map<string, DiskNode | undefined>;

/** A folder of a simulated disk. Its entries become durable by its own sync only. */
export class DiskFolder {
  /** What processes see. */
  readonly entries: Map<string, DiskNode>;
  readonly #durable: Map<string, DiskNode>;
  /** Since then, oldest first. */
  readonly #changes: Change[] = [];

  constructor(durable = new Map<string, DiskNode>()) {
    this.#durable = durable;
    this.entries = new Map(durable);
  }

  change(...entries: [name: string, node: DiskNode | undefined][]): void {
    const change: Change = new Map(entries);
    this.#changes.push(change);
    apply(change, this.entries);
  }

  /**
   * After a failed sync the next one tries again, unlike that of a file: entries go through the
   * system's journal, and a system that cannot write its journal does not go on as if it had.
   */
  beginSync(): Sync {
    const last = this.#changes.at(-1);
    return {
      done: () => {
        // Another sync may have been faster.
        const covered = last === undefined ? 0 : this.#changes.indexOf(last) + 1;
        for (const change of this.#changes.splice(0, covered)) apply(change, this.#durable);
        return true;
      },
      failed: () => {},
    };
  }

  /** What a power cut leaves; `leave` does so for what is in the folder. */
  afterPowerCut(fate: Fate, leave: (node: DiskNode) => DiskNode): DiskFolder {
    const entries = new Map(this.#durable);
    for (const change of this.#changes) if (fate.version(2) === 1) apply(change, entries);
    for (const [name, node] of entries) entries.set(name, leave(node));
    return new DiskFolder(entries);
  }
}

function apply(change: Change, entries: Map<string, DiskNode>): void {
  for (const [name, node] of change) {
    if (node === undefined) entries.delete(name);
    else entries.set(name, node);
  }
}
