import { BlockReplay } from "../book/block-replay.ts";
import type { Block } from "../format/block-reader.ts";
import type { Damage } from "../format/chunk-scanner.ts";
import { NO_NAMES } from "../format/metadata.ts";
import type { Fs } from "../ports/fs.ts";
import type { BlockMap, BlockPlace } from "./block-map.ts";
import { blockUpdate } from "./block-update.ts";
import { BookMoment, isChange } from "./book-moment.ts";
import { RecordedBook } from "./recorded-book.ts";
import { RunningBook } from "./running-book.ts";
import { readSegment } from "./segment-reader.ts";
import type { CursorStart, SessionCursor } from "./session-cursor.ts";
import type { Identity, SessionFolder } from "./session-folder.ts";
import type { Update } from "./update.ts";
import { type TimeKind, timeOfUpdate } from "./update-filter.ts";

/** What a session's books are found in. */
export interface BookPlaces {
  readonly fs: Fs;
  readonly folder: SessionFolder;
  readonly map: BlockMap;
  /** Goes on behind what the blocks have. */
  readonly cursor: (start: CursorStart | undefined) => SessionCursor;
  readonly onDamage: (path: string, damage: Damage) => void;
}

/**
 * The book before the first update that is later than `us`, microseconds since the epoch;
 * `undefined` if there was none yet. Where the recorder's clock was set back, the later moment is
 * meant.
 */
export async function bookAt(
  places: BookPlaces,
  us: number,
  clock: TimeKind,
): Promise<RecordedBook | undefined> {
  const { folder, map, cursor } = places;
  const metadata = await folder.soundMetadata();
  const identity = await folder.identity(metadata);
  const blocks = new Blocks(places, identity);
  const all = await map.places();
  let moment: BookMoment | undefined;
  let at = await blocks.lastFrom(all, us, clock);
  for (; at >= 0 && moment === undefined; at--) moment = await blocks.moment(all[at]!, us, clock);
  moment ??= new BookMoment(new RunningBook(sourceOf(identity)), us, clock);
  const isOpen = metadata === undefined || metadata.end_reason === null;
  if (isOpen && !moment.isPast && !folder.isLone) {
    const start = moment.last && startBehind(moment.last, all);
    for await (const update of cursor(start).fresh()) if (!moment.take(update)) break;
  }
  const { book, last, hashed, interrupted } = moment;
  const levels = book.keyframe();
  if (levels === null || last === undefined) return undefined;
  const { slug, outcome, question } = metadata ?? NO_NAMES;
  const { sequence_number, received_us } = last;
  return new RecordedBook(
    { ...sourceOf(identity), slug, outcome, question },
    { at_us: us, sequence_number, received_us, interrupted },
    levels,
    hashed,
  );
}

function sourceOf({ tokenId: token_id, market, sessionId: session_id }: Identity) {
  return { token_id, market, session_id };
}

function startBehind(last: Update, all: readonly BlockPlace[]): CursorStart {
  const sequence = last.sequence_number + 1;
  const { segment, offset } = all.findLast(({ firstSequence }) => firstSequence < sequence)!;
  return { sequence, segment: segment.number, offset };
}

/** Reads single blocks of a session. */
class Blocks {
  readonly #places: BookPlaces;
  readonly #identity: Identity;

  constructor(places: BookPlaces, identity: Identity) {
    this.#places = places;
    this.#identity = identity;
  }

  /** The position of the last block that begins at the time or before; -1 if none does. */
  async lastFrom(all: readonly BlockPlace[], us: number, clock: TimeKind): Promise<number> {
    if (clock === "received") return all.findLastIndex(({ minUs }) => minUs <= us);
    let from = 0;
    let to = all.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((await this.#stampOf(all[middle]!)) <= us) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }

  /** The moment as a block has it; `undefined` if all of the block is later, or cannot be read. */
  async moment(place: BlockPlace, us: number, clock: TimeKind): Promise<BookMoment | undefined> {
    const block = await this.#read(place);
    if (block === undefined) return undefined;
    const { keyframe } = block;
    const book = new RunningBook({ ...sourceOf(this.#identity), keyframe });
    const moment = new BookMoment(book, us, clock);
    for (const update of this.#updates(block, place.end)) if (!moment.take(update)) break;
    return moment.last && moment;
  }

  /** The venue's time of a block's first change. */
  async #stampOf(place: BlockPlace): Promise<number> {
    const block = await this.#read(place);
    if (block === undefined) return place.minUs;
    for (const update of this.#updates(block, place.end)) {
      if (isChange(update)) return timeOfUpdate(update, "venue");
    }
    return place.minUs;
  }

  async #read({ segment, offset }: BlockPlace): Promise<Block | undefined> {
    const { fs, onDamage } = this.#places;
    for await (const part of readSegment(fs, segment, this.#identity, { from: offset })) {
      if (part.kind === "block") return part.block;
      if (part.kind === "damage") onDamage(segment.path, part.damage);
      return undefined;
    }
    return undefined;
  }

  *#updates(block: Block, end: number): Generator<Update> {
    const replay = new BlockReplay(block, this.#identity);
    const rows = Math.min(block.columns.count, end - block.firstSequence);
    for (let row = 0; row < rows; row++) yield blockUpdate(this.#identity, block, replay, row);
  }
}
