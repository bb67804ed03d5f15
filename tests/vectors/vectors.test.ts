import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { UPDATE_TYPES } from "../../src/format/market-event.ts";
import type { SeenSegment, SegmentSource } from "../segment-bytes.ts";
import { VECTOR_SOURCES } from "./sources.ts";
import { decodeVector, encodeVector, VECTORS_FOLDER, type Vector } from "./vector.ts";

// While the format's version is 0, `bun tests/vectors/make.ts` may make all files anew. From 1 on
// they are frozen: files of a version stay, and are only added to.

const names = readdirSync(VECTORS_FOLDER)
  .filter((file) => file.endsWith(".bin"))
  .map((file) => file.slice(0, -".bin".length));

async function read(name: string): Promise<{ bytes: Uint8Array; vector: Vector }> {
  const bytes = await Bun.file(join(VECTORS_FOLDER, `${name}.bin`)).bytes();
  return { bytes, vector: await Bun.file(join(VECTORS_FOLDER, `${name}.json`)).json() };
}

describe("golden files of version 0", () => {
  test("are all there", () => {
    expect(names.toSorted()).toEqual(Object.keys(VECTOR_SOURCES).toSorted());
  });

  test.each(names)("%s decodes to what its JSON says", async (name) => {
    const { bytes, vector } = await read(name);
    expect(JSON.parse(JSON.stringify(decodeVector(vector, bytes)))).toEqual(vector.seen);
  });

  // zstd frames may differ between versions of Bun, which is pinned.
  test.each(names)("%s is encoded to the same bytes", async (name) => {
    const { bytes, vector } = await read(name);
    expect(Buffer.from(encodeVector(vector)).toString("hex")).toBe(
      Buffer.from(bytes).toString("hex"),
    );
  });

  test("cover every type of update", async () => {
    const seen = new Set<string>();
    for (const { vector } of await Promise.all(names.map(read))) {
      if (vector.kind !== "segment") continue;
      const { blocks } = vector.seen as SeenSegment;
      for (const { type } of blocks.flatMap(({ updates }) => updates)) seen.add(type);
    }
    expect([...seen].toSorted()).toEqual([...UPDATE_TYPES].toSorted());
  });

  test("hold the very texts of their messages", async () => {
    for (const { vector } of await Promise.all(names.map(read))) {
      if (vector.kind !== "segment") continue;
      const stored = (vector.seen as SeenSegment).blocks.flatMap(({ updates }) => updates);
      const texts = stored.map((update) => update.text);
      for (const { text } of ofOneToken(vector.source)) expect(texts).toContain(text ?? "");
    }
  });
});

/** Messages that are stored as a single update, whose text is the message's. */
function ofOneToken({ blocks }: SegmentSource) {
  return blocks.flat().filter(({ text = "\n" }) => !/^\[ ?\{|price_changes|changes|\n$/.test(text));
}
