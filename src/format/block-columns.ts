import { type Implied, impliedValue } from "./block.ts";
import { type ChangeTexts, ChangeWriter } from "./columns/change-column.ts";
import { DerivedWriter } from "./columns/derived-column.ts";
import type { OddTexts } from "./columns/odd-texts.ts";
import type { Packing } from "./columns/packing.ts";
import { ReceivedWriter } from "./columns/received-column.ts";
import type { RecipeWriter } from "./columns/recipe-column.ts";
import { RowWriter } from "./columns/row-columns.ts";
import type { Seed } from "./columns/seeds.ts";
import { StreamWriter } from "./columns/stream-writer.ts";
import type { JudgedReader, JudgedRow } from "./judged-log.ts";
import type { LoggedChange, LoggedValue, RowForm, RowTarget } from "./row-log.ts";
import { changeSlotsOf } from "./row-streams.ts";
import { type ChangeSlots, hasOwnBest } from "./shape.ts";
import { isDerivable, streamKind } from "./stream.ts";
import { timeOf } from "./venue-time.ts";

/** Where the values of rows of one form go. */
interface RowPlan {
  readonly shapeNumber: number;
  readonly change: ChangeSlots | undefined;
  /** Those whose values are in streams: not those of a change. */
  readonly slots: readonly SlotPlan[];
  /** Those whose values may follow from the book. */
  readonly derivable: readonly SlotPlan[];
}

interface SlotPlan {
  readonly slot: number;
  readonly key: string;
  readonly stream: StreamWriter;
  readonly implied: string;
}

export interface ColumnsOptions {
  readonly implied: Implied;
  /** The numbers of the rows' shapes by their texts. */
  readonly shapes: ReadonlyMap<string, number>;
  readonly judged: JudgedReader;
  /** See `ElementRun`. */
  readonly step: number;
}

/** All columns of one block that rows fill: they are made when it is packed. */
export class BlockColumns implements RowTarget {
  readonly #options: ColumnsOptions;
  readonly #plans = new Map<RowForm, RowPlan>();
  readonly #streams = new Map<string, StreamWriter>();
  readonly #rows: RowWriter;
  readonly #received = new ReceivedWriter();
  readonly #levelPrices = new StreamWriter("decimal");
  readonly #levelSizes = new StreamWriter("decimal");
  readonly #changes = new ChangeWriter();
  readonly #derived = new DerivedWriter();
  #lastForm: RowForm | undefined;
  #plan: RowPlan | undefined;
  /** The last `timestamp` of the last row: a number if it is plain. */
  #time: number | string | undefined;

  constructor(options: ColumnsOptions) {
    this.#options = options;
    this.#rows = new RowWriter(options.step);
  }

  /** Prices and sizes in turn, see `loggedLevels`. */
  addLevels(decimals: readonly (number | string)[]): void {
    for (let i = 0; i < decimals.length; i += 2) {
      this.#levelPrices.addDecimal(decimals[i]!);
      this.#levelSizes.addDecimal(decimals[i + 1]!);
    }
  }

  addPlain(form: RowForm, goesOn: boolean, receivedUs: number, change: LoggedChange): void {
    const plan = this.#planOf(form);
    const { shape } = form;
    const from = goesOn ? shape.elementSlots : 0;
    const { slots } = plan;
    for (let i = 0; i < slots.length; i++) {
      const { slot, stream } = slots[i]!;
      if (slot < from) continue;
      if (slot !== shape.timeSlot) stream.addImplied();
      else stream.addTime(change.venueMs);
    }
    this.#changes.add(change.price, change.size, change.side);
    this.#time = change.venueMs;
    this.#addRow(form, plan, goesOn, receivedUs);
  }

  addOther(
    form: RowForm,
    goesOn: boolean,
    receivedUs: number,
    values: readonly LoggedValue[],
  ): void {
    const plan = this.#planOf(form);
    const { shape } = form;
    const from = goesOn ? shape.elementSlots : 0;
    for (const { slot, stream, implied } of plan.slots) {
      if (slot < from) continue;
      const value = values[slot]!;
      if (typeof value === "string") {
        stream.addText(value, implied);
      } else {
        stream.addList(value.mode, value.decimals.length / 2);
        this.addLevels(value.decimals);
      }
    }
    if (plan.change !== undefined && plan.change[0] >= from) {
      const [price, size, side] = plan.change;
      this.#changes.addTexts([values[price], values[size], values[side]] as unknown as ChangeTexts);
    }
    if (!goesOn || shape.timeSlot >= from) {
      const text = values[shape.timeSlot];
      const time = typeof text === "string" ? timeOf(text) : -1;
      this.#time = time < 0 ? (text as string | undefined) : time;
    }
    this.#addRow(form, plan, goesOn, receivedUs);
  }

  #addRow(form: RowForm, plan: RowPlan, goesOn: boolean, receivedUs: number): void {
    const judged = this.#options.judged.next();
    this.#rows.add(form, goesOn, plan.shapeNumber, judged.verdict);
    if (!goesOn) this.#received.add(receivedUs, typeof this.#time === "number" ? this.#time : -1);
    this.#addJudged(form, plan, goesOn ? form.shape.elementSlots : 0, judged);
  }

  #addJudged({ shape }: RowForm, plan: RowPlan, from: number, judged: JudgedRow): void {
    const { source, isBestDerived } = judged;
    const { hashSlot, bestBidSlot, bestAskSlot } = shape;
    const isHashDerived = source !== "stored";
    if (hashSlot >= from) this.#derived.addHash(source, this.#time);
    if (hasOwnBest(shape, from)) {
      this.#derived.addBest(isBestDerived, isHashDerived || hashSlot < 0);
    }
    for (const { slot, key, stream } of plan.derivable) {
      if (slot < from || (isHashDerived && slot === hashSlot)) continue;
      if (isBestDerived && (slot === bestBidSlot || slot === bestAskSlot)) continue;
      stream.addText(this.#options.judged.value(key));
    }
  }

  /** The odd texts of every stream, in the order of `FIXED_STREAMS` and then of their first use. */
  pack(packing: Packing, seeds: readonly Seed[], recipe: RecipeWriter): OddTexts[] {
    this.#rows.pack(packing);
    const streams = [...this.#streams];
    packStreams(packing, [
      ...streams.filter(([key]) => !isDerivable(key)),
      ["level price", this.#levelPrices],
      ["level size", this.#levelSizes],
    ]);
    this.#changes.pack(packing, seeds);
    this.#received.pack(packing);
    const oddOfRecipe = recipe.pack(packing);
    this.#derived.pack(packing);
    // Whether their values are stored is known only when all else is.
    packStreams(
      packing,
      streams.filter(([key]) => isDerivable(key)),
    );
    const levels = [this.#levelPrices.odd, this.#levelSizes.odd];
    const keys = streams.map(([, { odd }]) => odd);
    return [...levels, ...this.#changes.odd, ...oddOfRecipe, ...keys];
  }

  #planOf(form: RowForm): RowPlan {
    if (form === this.#lastForm) return this.#plan!;
    const plan = this.#plans.get(form) ?? this.#newPlan(form);
    this.#plans.set(form, plan);
    this.#lastForm = form;
    this.#plan = plan;
    return plan;
  }

  /** A reader knows the streams from the rows' types and shapes, so they come in that order. */
  #newPlan({ type, shape }: RowForm): RowPlan {
    const { implied, shapes } = this.#options;
    const change = changeSlotsOf(type, shape);
    const slots: SlotPlan[] = [];
    const derivable: SlotPlan[] = [];
    for (const [slot, { key }] of shape.slots.entries()) {
      if (change?.includes(slot)) continue;
      const stream = this.#stream(key);
      const own = { slot, key, stream, implied: impliedValue(key, type, implied) };
      (isDerivable(key) ? derivable : slots).push(own);
    }
    return { shapeNumber: shapes.get(shape.text)!, change, slots, derivable };
  }

  #stream(key: string): StreamWriter {
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = new StreamWriter(streamKind(key));
      this.#streams.set(key, stream);
    }
    return stream;
  }
}

function packStreams(
  packing: Packing,
  streams: readonly (readonly [name: string, stream: StreamWriter])[],
): void {
  for (const [name, stream] of streams) {
    packing.begin(name);
    stream.pack(packing);
  }
}
