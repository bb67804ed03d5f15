import { relative } from "node:path";
import { ROOT } from "./polybot-process.ts";

type Collection = Map<unknown, unknown> | Set<unknown>;

interface Made {
  readonly ref: WeakRef<Collection>;
  /** The file that made it. */
  readonly file: string;
}

/** A line of a stack. */
const SITE = /(\/[^() ]+\.ts):\d+:\d+\)?$/;

/** Knows every map and set that is made while it is in use, as long as they live. */
export class LiveCollections implements Disposable {
  readonly #made: Made[] = [];
  readonly #real = { Map: globalThis.Map, Set: globalThis.Set };

  constructor() {
    const note = (made: Collection) => this.#note(made);
    const { Map: RealMap, Set: RealSet } = this.#real;
    globalThis.Map = class<K, V> extends RealMap<K, V> {
      constructor(entries?: Iterable<readonly [K, V]> | null) {
        super(entries);
        note(this);
      }
    } as MapConstructor;
    globalThis.Set = class<T> extends RealSet<T> {
      constructor(values?: Iterable<T> | null) {
        super(values);
        note(this);
      }
    } as SetConstructor;
  }

  /** Those made in these folders of `src`, after a collection of garbage. */
  of(folders: readonly string[]): { readonly file: string; readonly collection: Collection }[] {
    Bun.gc(true);
    return this.#made.flatMap(({ ref, file }) => {
      const collection = ref.deref();
      const isOf = folders.some((folder) => file.startsWith(`src/${folder}/`));
      return collection === undefined || !isOf ? [] : [{ file, collection }];
    });
  }

  #note(made: Collection): void {
    const lines = new Error().stack?.split("\n") ?? [];
    const files = lines.map((line) => relative(ROOT, SITE.exec(line)?.[1] ?? ROOT));
    const file = files.find((path) => path.startsWith("src/")) ?? "";
    this.#made.push({ ref: new WeakRef(made), file });
  }

  [Symbol.dispose](): void {
    globalThis.Map = this.#real.Map;
    globalThis.Set = this.#real.Set;
  }
}
