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
  #changes: Change[] = [];
  /** Changes that a failed sync has left in doubt; no later one writes them. */
  readonly #forgotten = new Set<Change>();

  constructor(durable = new Map<string, DiskNode>()) {
    this.#durable = durable;
    this.entries = new Map(durable);
  }

  change(...entries: [name: string, node: DiskNode | undefined][]): void {
    const change: Change = new Map(entries);
    this.#changes.push(change);
    apply(change, this.entries);
  }

  beginSync(): Sync {
    const covered = new Set(this.#changes.filter((change) => !this.#forgotten.has(change)));
    return {
      done: () => this.#settle(covered),
      failed: () => {
        for (const change of covered) this.#forgotten.add(change);
      },
    };
  }

  /** What a power cut leaves; `leave` does so for what is in the folder. */
  afterPowerCut(fate: Fate, leave: (node: DiskNode) => DiskNode): DiskFolder {
    const entries = new Map(this.#durable);
    for (const change of this.#changes) if (fate.version(2) === 1) apply(change, entries);
    for (const [name, node] of entries) entries.set(name, leave(node));
    return new DiskFolder(entries);
  }

  #settle(covered: ReadonlySet<Change>): void {
    const later = new Set<string>();
    for (const change of this.#changes.toReversed()) {
      if (covered.has(change) && !this.#forgotten.has(change)) {
        for (const name of change.keys()) later.add(name);
      } else {
        // What is in doubt cannot come back over what was written after it.
        for (const name of later) change.delete(name);
      }
    }
    const isCovered = (change: Change) => covered.has(change) && !this.#forgotten.has(change);
    for (const change of this.#changes) if (isCovered(change)) apply(change, this.#durable);
    this.#changes = this.#changes.filter((change) => !isCovered(change) && change.size > 0);
  }
}

function apply(change: Change, entries: Map<string, DiskNode>): void {
  for (const [name, node] of change) {
    if (node === undefined) entries.delete(name);
    else entries.set(name, node);
  }
}
