import { damaged } from "../damaged.ts";
import { BLOCK_ROWS_MAX } from "../limits.ts";
import type { Place } from "../market-event.ts";
import { numbersCoding, unpackNumbers } from "./hybrid.ts";
import { NumberList } from "./number-list.ts";
import type { Packing } from "./packing.ts";
import { packSparse, unpackSparse } from "./sparse.ts";
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
  readonly #staged = new NumberList();
  #last = 0;

  get count(): number {
    return this.#staged.count;
  }

  /** `shape` and `type` as the kind has them. */
  add(shape: number, type: number, socket: number, place: Place): void {
    let position = this.#last;
    if (!isOf(this.#kinds[position], shape, type, socket, place)) {
      position = 0;
      while (
        position < this.#kinds.length &&
        !isOf(this.#kinds[position], shape, type, socket, place)
      ) {
        position++;
      }
      if (position === this.#kinds.length) {
        const { element, elements, entry, entries, newline } = place;
        const kind = [shape, type, socket, element, elements, entry, entries, newline ? 1 : 0];
        this.#kinds.push(kind);
      }
      this.#last = position;
    }
    this.#staged.add(position);
  }

  /** The kinds of all rows in turn. */
  kinds(): RowKind[] {
    const staged = this.#staged.values();
    const kinds = new Array<RowKind>(staged.length);
    for (let i = 0; i < staged.length; i++) kinds[i] = this.#kinds[staged[i]!]!;
    return kinds;
  }

  /** The commonest kinds get the smallest numbers. */
  pack(packing: Packing): void {
    const staged = this.#staged.values().slice();
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
    packPositions(packing, staged);
  }
}

/** Both mostly are entries of one of a market's two tokens, first or second at random. */
const PAIR = 2;
/** Estimated bytes of a position that is none of the pair. */
const OTHER_BYTES = 1.5;

/** Positions either as numbers, or a bit for each of the two commonest and the others apart. */
function packPositions(packing: Packing, positions: Float64Array): void {
  const numbers = numbersCoding(positions);
  const other = new Float64Array(positions.length);
  let others = 0;
  for (let i = 0; i < positions.length; i++) {
    if (positions[i]! < PAIR) continue;
    other[i] = positions[i]! - PAIR + 1;
    others++;
  }
  const pairBytes = (positions.length - others) / 8 + others * OTHER_BYTES;
  const isPaired = pairBytes < numbers.bytes;
  packing.parameters.varint(isPaired ? 1 : 0);
  if (!isPaired) {
    numbers.pack(packing);
    return;
  }
  packSparse(packing, other);
  for (let i = 0; i < positions.length; i++) {
    if (positions[i]! < PAIR) packing.bits.write(positions[i]!, 1);
  }
}

function unpackPositions(unpacking: Unpacking, count: number): Float64Array {
  const isPaired = unpacking.parameters.varint();
  if (isPaired > 1) throw damaged("kinds of rows are stored in an unknown way");
  if (isPaired === 0) return unpackNumbers(unpacking, count);
  return unpackSparse(unpacking, count).map((other) =>
    other === 0 ? unpacking.bits.read(1) : other + PAIR - 1,
  );
}

function writeTable({ parameters }: Packing, kinds: readonly RowKind[]): void {
  parameters.varint(kinds.length);
  let before = NO_KIND;
  for (const kind of kinds) {
    let mask = 0;
    for (let i = 0; i < kind.length; i++) if (kind[i] !== before[i]) mask |= 1 << i;
    parameters.varint(mask);
    for (let i = 0; i < kind.length; i++) if (kind[i] !== before[i]) parameters.varint(kind[i]!);
    before = kind;
  }
}

/** All kinds, and which of them each of `count` rows has. */
export function readKinds(
  unpacking: Unpacking,
  count: number,
): { readonly table: readonly RowKind[]; readonly positions: Float64Array } {
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
  const positions = unpackPositions(unpacking, count);
  for (let i = 0; i < count; i++) {
    if (positions[i]! >= length) throw damaged("a row is of an unknown kind");
  }
  return { table: kinds, positions };
}

/** Whether a kind has these numbers; makes no list, as there is one for each row. */
function isOf(
  kind: RowKind | undefined,
  shape: number,
  type: number,
  socket: number,
  { element, elements, entry, entries, newline }: Place,
): boolean {
  return (
    kind !== undefined &&
    kind[5] === entry &&
    kind[6] === entries &&
    kind[0] === shape &&
    kind[1] === type &&
    kind[2] === socket &&
    kind[3] === element &&
    kind[4] === elements &&
    kind[7] === (newline ? 1 : 0)
  );
}
