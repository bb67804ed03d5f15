import { CHANNEL } from "../store/paths.ts";
import { Epochs } from "./epochs.ts";
import { Heap } from "./heap.ts";
import { Message } from "./message.ts";
import { isGap, type RecordedGap, type SessionItem } from "./session-items.ts";
import type { SessionReader } from "./session-reader.ts";
import { endUs, type Time, timeUs } from "./time.ts";
import { type DescribedSession, TokenTrack, type TrackOptions, usOf } from "./token-track.ts";
import type { Update } from "./update.ts";

const US_PER_MS = 1000;

/** A note of a recorder, where it stands among the messages. */
export interface RecordedNote {
  readonly kind: "note";
  readonly recorder_id: string;
  readonly received_us: number;
  readonly update: Update;
}

export type MergedItem = Message | RecordedNote | RecordedGap;

export interface MergeOptions {
  /** Receive times, both included. */
  readonly from?: Time | undefined;
  readonly to?: Time | undefined;
  /** Begins with the blocks that the books at `from` are made from, so with earlier items. */
  readonly withLead?: boolean;
}

/**
 * What sessions of any tokens and recorders hold, as one stream in receive order: the venue's
 * messages put together again, the recorders' notes, and gaps where they begin. What two
 * recorders have of the same time of a token comes once. A session is opened when its time comes,
 * and costs one block while it is open. Throws `BAD_INPUT` for a wrong time.
 */
export async function* merge(
  sessions: readonly SessionReader[],
  options: MergeOptions = {},
): AsyncGenerator<MergedItem> {
  const described: DescribedSession[] = [];
  for (const reader of sessions) described.push({ reader, description: await reader.describe() });
  const lanes = new Lanes(described, await epochsOf(described, options), options);
  try {
    let pieces: Update[] = [];
    let recorderId = "";
    for (;;) {
      const lane = lanes.first;
      const item = lane?.item;
      const open = pieces[0];
      if (open !== undefined && !(lane && goesOn(open, recorderId, lane))) {
        yield new Message(recorderId, pieces);
        pieces = [];
        continue;
      }
      if (lane === undefined) return;
      if (item !== undefined) {
        if (isGap(item)) yield item;
        else if (item.update_type === "note") {
          const { received_us } = item;
          yield { kind: "note", recorder_id: lane.recorderId, received_us, update: item };
        } else {
          recorderId = lane.recorderId;
          pieces.push(item);
        }
      }
      const reading = lanes.advance();
      if (reading !== undefined) await reading;
    }
  } finally {
    await lanes.close();
  }
}

/** Whether the lane's item belongs to the message, or stands before one of its pieces. */
function goesOn(open: Update, recorderId: string, { item, ...lane }: Lane): boolean {
  // A gap begins behind what was received last.
  if (item !== undefined && isGap(item)) return lane.us < open.received_us;
  if (item === undefined || item.update_type === "note") return lane.us <= open.received_us;
  return (
    item.received_us === open.received_us &&
    item.socket === open.socket &&
    lane.recorderId === recorderId
  );
}

/** What the recorders noted of their clocks. */
async function epochsOf(
  sessions: readonly DescribedSession[],
  { from, to }: MergeOptions,
): Promise<Map<string, Epochs>> {
  const epochs = new Map<string, Epochs>();
  for (const { reader, description } of sessions) {
    const { token_id, recorder_id } = description;
    const own = epochs.get(recorder_id) ?? new Epochs();
    epochs.set(recorder_id, own);
    if (token_id !== CHANNEL) continue;
    for await (const note of reader.updates({ from, to, types: ["note"] })) own.note(note);
  }
  return epochs;
}

/** Where a track stands. */
interface Lane {
  readonly track: TokenTrack;
  item: SessionItem | undefined;
  recorderId: string;
  epoch: number;
  us: number;
  socket: number;
  /** The last update of the session that a socket brought. */
  last: Update | undefined;
}

/** The lanes of one recorder: its times can be told apart where its clock was set back. */
interface Group {
  readonly lanes: Heap<Lane>;
}

/** The tracks of a merge, the one whose turn it is first. */
class Lanes {
  readonly #epochs: ReadonlyMap<string, Epochs>;
  readonly #lanes: readonly Lane[];
  #groups = new Heap<Group>(byTime);

  constructor(
    sessions: readonly DescribedSession[],
    epochs: ReadonlyMap<string, Epochs>,
    { from, to, withLead = false }: MergeOptions,
  ) {
    this.#epochs = epochs;
    const ends = new Map<string, number>();
    for (const { description } of sessions) {
      const { recorder_id, end_timestamp } = description;
      const recordedUs = (end_timestamp ?? 0) * US_PER_MS;
      ends.set(recorder_id, Math.max(ends.get(recorder_id) ?? 0, recordedUs));
    }
    const trackOptions: TrackOptions = {
      fromUs: from === undefined ? Number.NEGATIVE_INFINITY : timeUs(from),
      toUs: to === undefined ? Number.POSITIVE_INFINITY : endUs(to),
      withLead,
      endOf: (recorderId) => ends.get(recorderId) ?? 0,
    };
    // Of the channel each recorder has its own.
    const tracks = Map.groupBy(sessions, ({ description: { token_id, recorder_id } }) =>
      token_id === CHANNEL ? `channel ${recorder_id}` : token_id,
    );
    this.#lanes = [...tracks.values()].map((ofTrack) => {
      const track = new TokenTrack(ofTrack, trackOptions);
      const { recorderId, startUs: us } = track;
      return { track, item: undefined, recorderId, epoch: 0, us, socket: 0, last: undefined };
    });
    this.#sort();
  }

  get first(): Lane | undefined {
    return this.#groups.top?.lanes.top;
  }

  /** At once where the next update is known. */
  advance(): Promise<void> | undefined {
    const group = this.#groups.top!;
    const lane = group.lanes.top!;
    const reading = lane.track.advance();
    if (reading !== undefined) return reading.then(() => this.#advanced(group, lane));
    this.#advanced(group, lane);
    return undefined;
  }

  /** Puts the first lane in its place again. */
  #advanced(group: Group, lane: Lane): void {
    const { head, recorderId } = lane.track;
    lane.item = head;
    if (head === undefined) {
      group.lanes.take();
      if (group.lanes.top === undefined) this.#groups.take();
      else this.#groups.sink();
      return;
    }
    const isMoved = lane.recorderId !== recorderId;
    lane.recorderId = recorderId;
    lane.us = usOf(head);
    const isStep = !isGap(head) && head.update_type !== "note" && this.#learns(lane, head);
    if (isMoved || isStep) {
      this.#sort();
      return;
    }
    lane.epoch = this.#epochOf(lane);
    group.lanes.sink();
    this.#groups.sink();
  }

  async close(): Promise<void> {
    for (const { track } of this.#lanes) await track.close();
  }

  /** Whether the update shows that its recorder's clock was set back. */
  #learns(lane: Lane, update: Update): boolean {
    const { last, recorderId } = lane;
    lane.last = update;
    lane.socket = update.socket;
    if (last?.session_id !== update.session_id) return false;
    return this.#epochs.get(recorderId)?.learn(last, update) ?? false;
  }

  /** Of what was not begun yet only its time is known: where that means little it is begun at once. */
  #epochOf({ recorderId, socket, item }: Lane): number {
    const epochs = this.#epochs.get(recorderId);
    if (epochs === undefined) return 0;
    if (item === undefined) return epochs.last > 0 ? -1 : 0;
    return epochs.of(socket);
  }

  #sort(): void {
    const groups = new Map<string, Group>();
    for (const lane of this.#lanes) {
      if (lane.item === undefined && lane.track.startUs === Number.POSITIVE_INFINITY) continue;
      lane.epoch = this.#epochOf(lane);
      const group = groups.get(lane.recorderId) ?? { lanes: new Heap(inEpochs) };
      groups.set(lane.recorderId, group);
      group.lanes.add(lane);
    }
    this.#groups = new Heap(byTime);
    for (const group of groups.values()) this.#groups.add(group);
  }
}

/** What came at the same moment by sockets, so that no message comes between another's pieces. */
function inEpochs(a: Lane, b: Lane): number {
  return a.epoch - b.epoch || a.us - b.us || a.socket - b.socket || rank(a) - rank(b);
}

/** At the same moment a session begins before messages, and a gap behind them. */
function rank({ item }: Lane): number {
  if (item === undefined) return 0;
  if (isGap(item)) return 3;
  return item.update_type === "note" ? 2 : 1;
}

function byTime(a: Group, b: Group): number {
  const [left, right] = [a.lanes.top!, b.lanes.top!];
  return left.us - right.us || (left.recorderId < right.recorderId ? -1 : 1);
}
