import type { BlockRecipe, Derivation, HashedValues, Keyframe } from "../block.ts";
import { damaged } from "../damaged.ts";
import { BLOCK_ROWS_MAX } from "../limits.ts";
import { asArray, asBoolean, asText, exactText } from "../packed-value.ts";
import { packNumbers, unpackNumbers } from "./hybrid.ts";
import type { OddReader, OddTexts } from "./odd-texts.ts";
import type { Packing } from "./packing.ts";
import { StreamReader } from "./stream-reader.ts";
import { StreamWriter } from "./stream-writer.ts";
import type { Unpacking } from "./unpacking.ts";

/** What derived hashes are made of, from the book after a row on. */
export interface RecipeChange extends HashedValues {
  readonly row: number;
}

/** What the keyframe says of them. */
export function hashedValuesOf(keyframe: Keyframe | null): HashedValues {
  const { tickSize, lastTradePrice } = keyframe ?? { tickSize: null, lastTradePrice: null };
  return { tickSize: tickSize ?? "", lastTradePrice: lastTradePrice ?? "" };
}

/** The recipe of a block's derived hashes, and the rows where its values change. */
export class RecipeWriter {
  #recipe: BlockRecipe | undefined;
  #values: HashedValues;
  readonly #changes: RecipeChange[] = [];
  #last: Derivation | undefined;

  constructor(keyframe: Keyframe | null) {
    this.#values = hashedValuesOf(keyframe);
  }

  /** A block has hashes of one recipe; the first one is it. */
  accepts({ recipe }: Derivation): boolean {
    this.#recipe ??= recipe;
    return recipe === this.#recipe || isSameRecipe(this.#recipe, recipe);
  }

  /** Takes derivations in the order of their groups' last rows. */
  use(derivation: Derivation, endRow: number): void {
    // Most groups share the very object with the one before.
    if (derivation === this.#last) return;
    this.#last = derivation;
    const { tickSize, lastTradePrice } = derivation;
    const values = this.#values;
    if (values.tickSize === tickSize && values.lastTradePrice === lastTradePrice) return;
    this.#values = { tickSize, lastTradePrice };
    this.#changes.push({ row: endRow, tickSize, lastTradePrice });
  }

  /** The odd texts of its streams, in their order. */
  pack(packing: Packing): OddTexts[] {
    const changes = this.#changes;
    const [tickSizes, lastTradePrices] = [new StreamWriter("decimal"), new StreamWriter("decimal")];
    packing.parameters.varint(changes.length);
    if (changes.length > 0) {
      packing.begin("recipe changes");
      const rows = changes.map(({ row }, i) => row - (changes[i - 1]?.row ?? 0));
      packNumbers(packing, Float64Array.from(rows));
      for (const { tickSize, lastTradePrice } of changes) {
        tickSizes.addText(tickSize);
        lastTradePrices.addText(lastTradePrice);
      }
      tickSizes.pack(packing);
      lastTradePrices.pack(packing);
    }
    return [tickSizes.odd, lastTradePrices.odd];
  }

  head(): unknown {
    if (this.#recipe === undefined) return null;
    const { name, minOrderSize, negRisk } = this.#recipe;
    return [exactText(name), exactText(minOrderSize), negRisk];
  }
}

function isSameRecipe(a: BlockRecipe, b: BlockRecipe): boolean {
  return a.name === b.name && a.minOrderSize === b.minOrderSize && a.negRisk === b.negRisk;
}

export function readRecipe(head: unknown): BlockRecipe | null {
  if (head === null) return null;
  const [name, minOrderSize, negRisk] = asArray(head);
  return { name: asText(name), minOrderSize: asText(minOrderSize), negRisk: asBoolean(negRisk) };
}

export function readRecipeChanges(
  unpacking: Unpacking,
  rows: number,
  oddOf: (count: number) => readonly [OddReader, OddReader],
): RecipeChange[] {
  const count = unpacking.parameters.varint();
  if (count > BLOCK_ROWS_MAX) throw damaged("a block has too many changes of its recipe");
  const steps = count === 0 ? [] : unpackNumbers(unpacking, count);
  const [oddTicks, oddPrices] = oddOf(count);
  const tickSizes = new StreamReader("decimal", count, oddTicks, unpacking);
  const lastTradePrices = new StreamReader("decimal", count, oddPrices, unpacking);
  let row = 0;
  return Array.from(steps, (step, i) => {
    row += step;
    if (row >= rows || (step === 0 && i > 0)) {
      throw damaged("a change of the recipe has no place");
    }
    return { row, tickSize: tickSizes.text(i), lastTradePrice: lastTradePrices.text(i) };
  });
}
