import { CHUNK_KIND, CODEC, encodeChunk } from "../src/format/chunk.ts";
import { encodeFileHead } from "../src/format/file-head.ts";
import { JournalRecords } from "../src/format/journal-record.ts";
import { marketEvent } from "../src/format/market-event.ts";
import { NO_NAMES } from "../src/format/metadata.ts";
import { decode } from "../src/polymarket/decode.ts";
import { ownArrival } from "../src/store/arrival.ts";
import { joined } from "./hostile-bytes.ts";

export const JOURNAL_RECORDER = "20300102-03-04-00-abcdef";
export const JOURNAL_IMPLIED = { tokenId: "1001", market: "0xm" };
const START_US = 1_893_553_445_000_000;

/** Updates of each kind: a plain change in numbers, a book and a note in texts. */
const CHANGE = `{"market":"0xm","price_changes":[{"asset_id":"1001","price":"0.41","size":"2","side":"BUY","hash":"${"5e".repeat(20)}","best_bid":"0.41","best_ask":"0.43"}],"timestamp":"1893553445000","event_type":"price_change"}`;
const BOOK = `{"market":"0xm","asset_id":"1001","timestamp":"1","hash":"x","bids":[{"price":"0.4","size":"10"}],"asks":[],"event_type":"book"}`;

/** The payload of one chunk: records of every kind. */
function recordsOf(chunk: number): ReturnType<JournalRecords["take"]> {
  const records = new JournalRecords();
  const session = { ...JOURNAL_IMPLIED, sessionId: "20300102-03-04-05", startUs: START_US };
  const sequence = chunk * 3 + 1;
  records.session(1, { ...session, firstSequence: 1, predecessor: null, names: NO_NAMES });
  const keyframe = { bids: [["0.4", "10"]], asks: [], tickSize: "0.01", lastTradePrice: null };
  const recipe = { name: "9", minOrderSize: "5", negRisk: false };
  records.keyframe(1, sequence, { keyframe: keyframe as never, recipe });
  for (const [i, text] of [CHANGE, BOOK].entries()) {
    const arrival = ownArrival(START_US + sequence + i);
    const [piece] = decode(text);
    records.update(1, sequence + i, piece!.event, arrival, JOURNAL_IMPLIED);
  }
  const note = marketEvent("note", { kind: "gap", cause: "test" });
  const arrival = ownArrival(START_US + sequence + 2);
  records.update(1, sequence + 2, note, arrival, JOURNAL_IMPLIED);
  records.heartbeat({ atUs: START_US + sequence + 3, sockets: [1, 2] });
  if (chunk % 2 === 1) records.sealed(2);
  return records.take();
}

/** A journal's file with one chunk of these records. */
export function journalOf(salt: number, records: JournalRecords): Uint8Array<ArrayBuffer> {
  return joined(headOf(salt), chunkOf(salt, 1, records.take()));
}

/** A journal's file as a recorder leaves it that dies, of so many chunks behind its head. */
export function journalBytes(salt: number, chunks: number): Uint8Array<ArrayBuffer> {
  const parts = Array.from({ length: chunks }, (_, i) => chunkOf(salt, i + 1, recordsOf(i)));
  return joined(headOf(salt), ...parts);
}

function headOf(salt: number): Uint8Array {
  const owner = { tokenId: "", market: "", sessionId: "", recorderId: JOURNAL_RECORDER };
  return encodeFileHead(salt, { fileKind: "journal", ...owner, segment: 1, firstSequence: 0 });
}

function chunkOf(
  salt: number,
  number: number,
  { payload, records, minUs, maxUs }: ReturnType<JournalRecords["take"]>,
): Uint8Array {
  const content = { kind: CHUNK_KIND.journal, records, minUs, maxUs, firstSequence: 0 };
  const rawCrc = Bun.hash.crc32(payload);
  const packed = { codec: CODEC.none, stored: payload, rawLength: payload.length, rawCrc };
  return encodeChunk(salt, number, content, packed);
}
