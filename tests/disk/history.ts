/** A sync under way; what changes after its beginning is not its concern. */
export interface Sync {
  /** `false` if a sync that failed meanwhile has left in doubt what this one was to write. */
  done(): boolean;
  /** What it should have made durable is in doubt from now on, and no later sync helps it. */
  failed(): void;
}

/**
 * What one place on a disk has held since it was last known to be durable: each version may be
 * there after a power cut. The last is what processes see.
 */
export class History<T> {
  /** Boxed, so that equal values are told apart. */
  readonly #versions: { readonly value: T }[];
  /** Whether the next sync writes it: after a failed one the system believes it written. */
  #isDirty = false;

  constructor(durable: T) {
    this.#versions = [{ value: durable }];
  }

  get durable(): T {
    return this.#versions[0]!.value;
  }

  get latest(): T {
    return this.#versions.at(-1)!.value;
  }

  /** Whether a power cut can change nothing. */
  get isCertain(): boolean {
    return this.#versions.length === 1;
  }

  get count(): number {
    return this.#versions.length;
  }

  version(index: number): T {
    return this.#versions[index]!.value;
  }

  change(value: T): void {
    this.#versions.push({ value });
    this.#isDirty = true;
  }

  beginSync(): Sync {
    const covered = this.#versions.at(-1)!;
    // What a failed sync has left in doubt is not this one's to write.
    const isDirty = this.#isDirty;
    return {
      done: () => {
        const at = this.#versions.indexOf(covered);
        if (!isDirty || at <= 0) return true;
        if (!this.#isDirty) return false;
        this.#versions.splice(0, at);
        this.#isDirty = !this.isCertain;
        return true;
      },
      failed: () => {
        if (this.#versions.at(-1) === covered) this.#isDirty = false;
      },
    };
  }
}
