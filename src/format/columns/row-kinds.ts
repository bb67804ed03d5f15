import { damaged } from "../damaged.ts";
import { BLOCK_ROWS_MAX } from "../limits.ts";
import { packNumbers, unpackNumbers } from "./hybrid.ts";
import type { Packing } from "./packing.ts";
import { StagedNumbers } from "./staged-numbers.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * What a row has beside values, verdict and time takes few forms in a block, and these numbers
 * depend on each other: so each form is written once, and rows name theirs by number.
 */

/** The numbers of a kind, in order. A bit of a mask says whether each is the same as in the kind before. */
export const KIND_NUMBERS = [
  "shape",
  "type",
  "socket",
  "element",
  "elements",
  "entry",
  "entries",
  "newline",
] as const;

export type RowKind = readonly number[];

const NO_KIND: RowKind = KIND_NUMBERS.map(() => 0);

export class KindWriter {
  readonly #kinds: RowKind[] = [];
  readonly #staged = new StagedNumbers();
  #last = 0;

  get bytes(): number {
    return this.#staged.bytes + this.#kinds.length * KIND_NUMBERS.length;
  }

  get count(): number {
    return this.#staged.count;
  }

  add(kind: RowKind): void {
    if (!isSame(kind, this.#kinds[this.#last])) {
      this.#last = this.#kinds.findIndex((known) => isSame(kind, known));
      if (this.#last < 0) this.#last = this.#kinds.push(kind) - 1;
    }
    this.#staged.add(this.#last);
  }

  /** The kinds of all rows in turn. */
  kinds(): RowKind[] {
    const kinds: RowKind[] = [];
    const staged = this.#staged.values();
    for (let i = 0; i < staged.length; i++) kinds.push(this.#kinds[staged[i]!]!);
    return kinds;
  }

  /** The commonest kinds get the smallest numbers. */
  pack(packing: Packing): void {
    const staged = this.#staged.values();
    const uses = this.#kinds.map(() => 0);
    for (let i = 0; i < staged.length; i++) uses[staged[i]!]!++;
    const order = uses.map((_, number) => number).sort((a, b) => uses[b]! - uses[a]!);
    const numbers = uses.map(() => 0);
    order.forEach((number, position) => {
      numbers[number] = position;
    });
    writeTable(
      packing,
      order.map((number) => this.#kinds[number]!),
    );
    for (let i = 0; i < staged.length; i++) staged[i] = numbers[staged[i]!]!;
    packNumbers(packing, staged);
  }
}

function writeTable({ parameters }: Packing, kinds: readonly RowKind[]): void {
  parameters.varint(kinds.length);
  let before = NO_KIND;
  for (const kind of kinds) {
    let mask = 0;
    kind.forEach((number, i) => {
      if (number !== before[i]) mask |= 1 << i;
    });
    parameters.varint(mask);
    for (const [i, number] of kind.entries()) if (number !== before[i]) parameters.varint(number);
    before = kind;
  }
}

/** The kinds of `count` rows in turn. */
export function readKinds(unpacking: Unpacking, count: number): RowKind[] {
  const { parameters } = unpacking;
  const length = parameters.varint();
  if (length > BLOCK_ROWS_MAX) throw damaged("a block has too many kinds of rows");
  const kinds: RowKind[] = [];
  let before = NO_KIND;
  for (let i = 0; i < length; i++) {
    const mask = parameters.varint();
    if (mask >= 2 ** KIND_NUMBERS.length) throw damaged("a kind of rows has unknown numbers");
    before = before.map((number, bit) => ((mask >> bit) & 1 ? parameters.varint() : number));
    kinds.push(before);
  }
  return Array.from(unpackNumbers(unpacking, count), (number) => {
    const kind = kinds[number];
    if (kind === undefined) throw damaged("a row is of an unknown kind");
    return kind;
  });
}

function isSame(kind: RowKind, other: RowKind | undefined): boolean {
  if (other === undefined) return false;
  for (let i = 0; i < kind.length; i++) if (kind[i] !== other[i]) return false;
  return true;
}
