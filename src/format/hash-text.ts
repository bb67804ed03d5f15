/** The venue's hashes as texts: forty lower-case hex digits. */

/** Of a SHA-1. */
export const HASH_BYTES = 20;
const HEX_DIGITS = 2 * HASH_BYTES;
const HEX = Buffer.from("0123456789abcdef");

export function isHash(text: string): boolean {
  if (text.length !== HEX_DIGITS) return false;
  for (let i = 0; i < HEX_DIGITS; i++) {
    const code = text.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return true;
}

/** Whether `digest` begins with the 20 bytes that `text` spells; makes no string. */
export function isDigest(digest: Uint8Array, text: string): boolean {
  for (let i = 0; i < HEX_DIGITS; i += 2) {
    const byte = digest[i >> 1]!;
    if (text.charCodeAt(i) !== HEX[byte >> 4]) return false;
    if (text.charCodeAt(i + 1) !== HEX[byte & 15]) return false;
  }
  return text.length === HEX_DIGITS;
}
