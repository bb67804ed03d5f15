import { ByteReader, ByteWriter } from "../bytes.ts";
import { HASH_BYTES } from "../hash-text.ts";
import type { Unpacking } from "./unpacking.ts";
import type { ValueReader, ValueWriter } from "./value-column.ts";

/** Lower-case hex digits of one length behind a prefix, as bytes. */
export interface HexForm {
  readonly prefix: string;
  readonly bytes: number;
  readonly texts: RegExp;
}

/** SHA-1, as the venue stamps books. */
export const HASH_FORM: HexForm = {
  prefix: "",
  bytes: HASH_BYTES,
  texts: /^[0-9a-f]{40}$/,
};
export const TRANSACTION_FORM: HexForm = {
  prefix: "0x",
  bytes: 32,
  texts: /^0x[0-9a-f]{64}$/,
};

export function hexWriter(form: HexForm): ValueWriter {
  const bytes = new ByteWriter();
  return {
    add(text) {
      if (!form.texts.test(text)) return false;
      bytes.append(Uint8Array.fromHex(text.slice(form.prefix.length)));
      return true;
    },
    pack: (packing) => packing.bytes(bytes.view()),
  };
}

export function hexReader(unpacking: Unpacking, count: number, form: HexForm): ValueReader {
  const bytes = unpacking.bytes();
  new ByteReader(bytes).expect(count * form.bytes);
  const { prefix, bytes: length } = form;
  return {
    at(position) {
      const start = position * length;
      return prefix + bytes.subarray(start, start + length).toHex();
    },
  };
}
