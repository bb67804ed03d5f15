import { McapStreamReader, McapWriter, TempBuffer } from "@mcap/core";
import { decode, encode } from "@msgpack/msgpack";
import type { WireRow } from "../streams/wire-rows.ts";
import { fromBinary, toBinary } from "./binary-hash.ts";
import { type Container, unzstd, zstd } from "./container.ts";

type Fields = WireRow["fields"];

interface Messages {
  readonly encoding: string;
  write(fields: Fields): Uint8Array;
  read(bytes: Uint8Array): Fields;
}

export const JSON_MESSAGES: Messages = {
  encoding: "json",
  write: (fields) => Buffer.from(JSON.stringify(fields)),
  read: (bytes) => JSON.parse(Buffer.from(bytes).toString()),
};

export const MESSAGE_PACK: Messages = {
  encoding: "msgpack",
  write: (fields) => encode(withEach(fields, toBinary)),
  read: (bytes) => withEach(decode(bytes) as Fields, fromBinary),
};

const NS_PER_US = 1000n;
const NS_PER_MS = 1_000_000n;

/**
 * A message an update, on a channel for each type. Both times stand in the message's own head,
 * and its counter stays 0, which means that there is none: neither is paid for twice.
 */
export function mcap(title: string, messages: Messages, useMessageIndex: boolean): Container {
  return {
    title,
    write: (rows) => write(rows, messages, useMessageIndex),
    read: (bytes) => read(bytes, messages),
  };
}

async function write(
  rows: readonly WireRow[],
  messages: Messages,
  useMessageIndex: boolean,
): Promise<Uint8Array> {
  const writable = new TempBuffer();
  const compressChunk = (chunk: Uint8Array) => ({
    compression: "zstd",
    compressedData: zstd(chunk),
  });
  const writer = new McapWriter({ writable, useMessageIndex, compressChunk });
  await writer.start({ profile: "", library: "" });
  const channels = new Map<string, number>();
  for (const topic of new Set(rows.map(({ type }) => type))) {
    const channel = { topic, messageEncoding: messages.encoding, metadata: new Map() };
    channels.set(topic, await writer.registerChannel({ ...channel, schemaId: 0 }));
  }
  for (const { receivedUs, venueMs, type, fields } of rows) {
    await writer.addMessage({
      channelId: channels.get(type)!,
      sequence: 0,
      logTime: BigInt(receivedUs) * NS_PER_US,
      publishTime: BigInt(venueMs) * NS_PER_MS,
      data: messages.write(fields),
    });
  }
  await writer.end();
  return writable.get();
}

/** As a stream: reading by time would need the index. */
function read(bytes: Uint8Array, messages: Messages): WireRow[] {
  const reader = new McapStreamReader({ decompressHandlers: { zstd: unzstd } });
  reader.append(bytes);
  const topics = new Map<number, string>();
  const rows: WireRow[] = [];
  for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord()) {
    if (record.type === "Channel") topics.set(record.id, record.topic);
    if (record.type !== "Message") continue;
    rows.push({
      receivedUs: Number(record.logTime / NS_PER_US),
      venueMs: Number(record.publishTime / NS_PER_MS),
      type: topics.get(record.channelId)!,
      fields: messages.read(record.data),
    });
  }
  return rows;
}

function withEach(fields: Fields, change: (key: string, value: unknown) => unknown): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, v]) => [key, change(key, v)]));
}
