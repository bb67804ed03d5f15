import { ByteReader, ByteWriter } from "../bytes.ts";
import { damaged } from "../damaged.ts";
import { decodeUtf8 } from "../packed-value.ts";
import { packNumbers, unpackNumbers } from "./hybrid.ts";
import { NumberList } from "./number-list.ts";
import type { Unpacking } from "./unpacking.ts";
import type { ValueReader, ValueWriter } from "./value-column.ts";

/** Each distinct text once, its length before it; values are positions in that list. */

export function textWriter(): ValueWriter {
  const positions = new NumberList();
  const texts = new ByteWriter();
  const known = new Map<string, number>();
  const utf8 = new TextEncoder();
  return {
    add(text) {
      let position = known.get(text);
      if (position === undefined) {
        position = known.size;
        known.set(text, position);
        const encoded = utf8.encode(text);
        texts.varint(encoded.length);
        texts.append(encoded);
      }
      positions.add(position);
      return true;
    },
    pack(packing) {
      packNumbers(packing, positions.values());
      packing.bytes(texts.view());
    },
  };
}

export function textReader(unpacking: Unpacking, count: number): ValueReader {
  const positions = unpackNumbers(unpacking, count);
  const texts = new ByteReader(unpacking.bytes());
  const known: string[] = [];
  // All are read here: what is left over is noticed, and no value comes late.
  for (const position of positions) {
    if (position > known.length) throw damaged("a text is missing from its list");
    if (position === known.length) known.push(decodeUtf8(texts.take(texts.varint())));
  }
  texts.finish();
  return { at: (position) => known[positions[position]!]! };
}
