import { HASH_FORM } from "./columns/hex-column.ts";

/** SHA-1 over the hashes of a block as their column has them; nothing without hashes. */
export function evidenceOf(hashes: Uint8Array): Uint8Array {
  if (hashes.length === 0) return new Uint8Array();
  const proof = new Uint8Array(HASH_FORM.bytes);
  Bun.SHA1.hash(hashes as Uint8Array<ArrayBuffer>, proof);
  return proof;
}
