import { ByteReader, ByteWriter } from "../bytes.ts";
import type { Unpacking } from "./unpacking.ts";
import type { ValueReader, ValueWriter } from "./value-column.ts";

/** Lower-case hex digits of one length behind a prefix, as bytes. */
export interface HexForm {
  readonly prefix: string;
  readonly bytes: number;
}

/** SHA-1, as the venue stamps books. */
export const HASH_FORM: HexForm = { prefix: "", bytes: 20 };
export const TRANSACTION_FORM: HexForm = { prefix: "0x", bytes: 32 };

export function hexWriter(form: HexForm): ValueWriter {
  const bytes = new ByteWriter();
  const known = new RegExp(`^${form.prefix}[0-9a-f]{${form.bytes * 2}}$`);
  return {
    add(text) {
      if (!known.test(text)) return false;
      bytes.append(Uint8Array.fromHex(text.slice(form.prefix.length)));
      return true;
    },
    get bytes() {
      return bytes.length;
    },
    view: () => bytes.view(),
    pack: (packing) => packing.bytes(bytes.view()),
  };
}

export function hexReader(unpacking: Unpacking, count: number, form: HexForm): ValueReader {
  const column = unpacking.bytes();
  const bytes = new ByteReader(column);
  bytes.expect(count * form.bytes);
  return { column, next: () => form.prefix + bytes.take(form.bytes).toHex() };
}
