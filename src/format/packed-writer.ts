/** Longest text that is copied character by character: a call to the encoder costs more. */
const COPIED_MAX = 24;
const ASCII_END = 0x80;
/** What decoders drop at the start of a `str`. */
const BYTE_ORDER_MARK = 0xfeff;

const BUFFER_BYTES_MIN = 1024;
/** Of the longest form of a number or of a text's length. */
const HEAD_BYTES_MAX = 9;
/** UTF-8 bytes of a UTF-16 unit. */
const UNIT_BYTES_MAX = 3;

const utf8 = new TextEncoder();

/**
 * Writes MessagePack straight into a growing buffer, as `encodeValue` would: for what is written
 * with every update. Numbers are whole, from 0 to 2^53.
 */
export class PackedWriter {
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(BUFFER_BYTES_MIN);
  #view = new DataView(this.#buffer.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Room for so many bytes, to be filled through `view`; where they begin. */
  skip(bytes: number): number {
    this.#reserve(bytes);
    const at = this.#length;
    this.#length += bytes;
    return at;
  }

  /** Of all that was written, valid until the next write. */
  get view(): DataView {
    return this.#view;
  }

  list(items: number): void {
    this.#reserve(HEAD_BYTES_MAX);
    const at = this.#length;
    if (items < 16) {
      this.#buffer[at] = 0x90 | items;
      this.#length = at + 1;
    } else if (items < 2 ** 16) {
      this.#buffer[at] = 0xdc;
      this.#view.setUint16(at + 1, items);
      this.#length = at + 3;
    } else {
      this.#buffer[at] = 0xdd;
      this.#view.setUint32(at + 1, items);
      this.#length = at + 5;
    }
  }

  nil(): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = 0xc0;
  }

  number(value: number): void {
    this.#reserve(HEAD_BYTES_MAX);
    const at = this.#length;
    if (value < 128) {
      this.#buffer[at] = value;
      this.#length = at + 1;
    } else if (value < 2 ** 32) {
      this.#long(value);
    } else {
      this.#view.setUint8(at, 0xcf);
      this.#view.setUint32(at + 1, Math.floor(value / 2 ** 32));
      this.#view.setUint32(at + 5, value >>> 0);
      this.#length = at + 9;
    }
  }

  text(text: string): void {
    const { length } = text;
    this.#reserve(HEAD_BYTES_MAX + length * UNIT_BYTES_MAX);
    if (length <= COPIED_MAX && this.#copy(text)) return;
    this.#encode(text, text.charCodeAt(0) === BYTE_ORDER_MARK ? 0xc4 : 0xd9);
  }

  /** Fewer than 256 bytes. */
  bin(bytes: Uint8Array): void {
    this.#reserve(2 + bytes.length);
    this.#buffer[this.#length] = 0xc4;
    this.#buffer[this.#length + 1] = bytes.length;
    this.#length += 2;
    this.append(bytes);
  }

  /** Values that are encoded already. */
  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A copy of all that was written; the writer is empty then. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#buffer.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** Copies a short text of ASCII; `false` if it is another. */
  #copy(text: string): boolean {
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at++] = 0xa0 | text.length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= ASCII_END) return false;
      buffer[at++] = unit;
    }
    this.#length = at;
    return true;
  }

  /** `code`: of the form with one byte of length; those with two and four follow it. */
  #encode(text: string, code: number): void {
    // Where the bytes will be is known only when their number is: most are ASCII.
    const guess = headBytes(text.length, code);
    const start = this.#length + guess;
    const { written } = utf8.encodeInto(text, this.#buffer.subarray(start));
    const needed = headBytes(written, code);
    if (needed !== guess) {
      this.#buffer.copyWithin(this.#length + needed, start, start + written);
    }
    this.#textHead(written, needed, code);
    this.#length += written;
  }

  #textHead(length: number, bytes: number, code: number): void {
    const at = this.#length;
    if (bytes === 1) this.#buffer[at] = 0xa0 | length;
    else if (bytes === 2) {
      this.#buffer[at] = code;
      this.#buffer[at + 1] = length;
    } else if (bytes === 3) {
      this.#buffer[at] = code + 1;
      this.#view.setUint16(at + 1, length);
    } else {
      this.#buffer[at] = code + 2;
      this.#view.setUint32(at + 1, length);
    }
    this.#length = at + bytes;
  }

  #long(value: number): void {
    const at = this.#length;
    if (value < 2 ** 8) {
      this.#buffer[at] = 0xcc;
      this.#buffer[at + 1] = value;
      this.#length = at + 2;
    } else if (value < 2 ** 16) {
      this.#buffer[at] = 0xcd;
      this.#view.setUint16(at + 1, value);
      this.#length = at + 3;
    } else {
      this.#buffer[at] = 0xce;
      this.#view.setUint32(at + 1, value);
      this.#length = at + 5;
    }
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** What stands before a text of so many bytes; a `bin` has no form of one byte. */
function headBytes(length: number, code: number): number {
  if (length < 32 && code === 0xd9) return 1;
  if (length < 2 ** 8) return 2;
  return length < 2 ** 16 ? 3 : 5;
}
