import { type Fate, SECTOR_BYTES } from "./fate.ts";
import { History, type Sync } from "./history.ts";

/** A file of a simulated disk: what processes see of it, and what a power cut may leave. */
export class DiskFile {
  /** What processes see; zeros behind the length. */
  #bytes: Uint8Array;
  readonly #length: History<number>;
  /** Sectors that were written since they were last durable. */
  readonly #sectors = new Map<number, History<Uint8Array>>();

  constructor(durable: Uint8Array = new Uint8Array()) {
    this.#bytes = durable;
    this.#length = new History(durable.length);
  }

  get length(): number {
    return this.#length.latest;
  }

  read(from: number, to: number): Uint8Array {
    return this.#bytes.slice(Math.min(from, this.length), Math.min(to, this.length));
  }

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    this.#reserve(end);
    this.#change(position, end, () => this.#bytes.set(bytes, position));
    if (end > this.length) this.#length.change(end);
  }

  truncate(length: number): void {
    this.#reserve(length);
    this.#change(length, this.length, () => this.#bytes.fill(0, length));
    this.#length.change(length);
  }

  beginSync(): Sync {
    const syncs = [this.#length, ...this.#sectors.values()].map((place) => place.beginSync());
    return {
      done: () => {
        const results = syncs.map((sync) => sync.done());
        for (const [sector, history] of this.#sectors) {
          if (history.isCertain) this.#sectors.delete(sector);
        }
        return results.every((isDone) => isDone);
      },
      failed: () => {
        for (const sync of syncs) sync.failed();
      },
    };
  }

  /** As some systems do after a failed sync: what is not durable is read from the disk again. */
  forget(): void {
    for (const [sector, { durable }] of this.#sectors) {
      this.#bytes.set(durable, sector * SECTOR_BYTES);
    }
    this.#sectors.clear();
  }

  /** What a power cut leaves. */
  afterPowerCut(fate: Fate): DiskFile {
    const history = this.#length;
    const index = fate.version(history.count);
    const before = history.version(Math.max(0, index - 1));
    const after = history.version(index);
    const length = after > before ? fate.length(before, after) : after;
    const sectors = Math.ceil(length / SECTOR_BYTES);
    const bytes = new Uint8Array(Math.max(sectors * SECTOR_BYTES, this.#bytes.length));
    bytes.set(this.#bytes);
    for (const [sector, versions] of this.#sectors) {
      if (sector >= sectors) continue;
      bytes.set(versions.version(fate.version(versions.count)), sector * SECTOR_BYTES);
    }
    return new DiskFile(bytes.slice(0, length));
  }

  /** Keeps what the sectors in a range held before and after. */
  #change(from: number, to: number, run: () => void): void {
    if (to <= from) return;
    const first = Math.floor(from / SECTOR_BYTES);
    const last = Math.ceil(to / SECTOR_BYTES);
    for (let sector = first; sector < last; sector++) {
      if (!this.#sectors.has(sector)) this.#sectors.set(sector, new History(this.#sector(sector)));
    }
    run();
    for (let sector = first; sector < last; sector++) {
      this.#sectors.get(sector)!.change(this.#sector(sector));
    }
  }

  #sector(sector: number): Uint8Array {
    return this.#bytes.slice(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
  }

  /** Makes room for whole sectors up to `length`. */
  #reserve(length: number): void {
    const needed = Math.ceil(length / SECTOR_BYTES) * SECTOR_BYTES;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
