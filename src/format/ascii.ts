/** Texts as bytes, where only ASCII matters: nothing else is part of a number or a hash. */

const ASCII_MAX = 127;
/** In place of what is not ASCII: no text of the venue has it. */
const OTHER = 0;

/** Writes the first characters of a text that there is room for; how many they are. */
export function writeAscii(bytes: Uint8Array, text: string): number {
  const length = Math.min(text.length, bytes.length);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    bytes[i] = code <= ASCII_MAX ? code : OTHER;
  }
  return length;
}

/** Whether `bytes[start, end)` are these. */
export function isText(
  bytes: Uint8Array,
  start: number,
  end: number,
  expected: Uint8Array,
): boolean {
  if (end - start !== expected.length) return false;
  for (let i = 0; i < expected.length; i++) if (bytes[start + i] !== expected[i]) return false;
  return true;
}
