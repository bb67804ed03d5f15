/** The wire spells hashes in hexadecimal digits; a container that can keeps the bytes. */

interface HashKey {
  readonly prefix: string;
  readonly bytes: number;
}

export const HASH_KEYS: ReadonlyMap<string, HashKey> = new Map([
  ["hash", { prefix: "", bytes: 20 }],
  ["transaction_hash", { prefix: "0x", bytes: 32 }],
]);

/** A field's value with the bytes of a hash in place of its text. */
export function toBinary(key: string, value: unknown): unknown {
  const hash = HASH_KEYS.get(key);
  if (hash === undefined || typeof value !== "string") return value;
  return new Uint8Array(Buffer.from(value.slice(hash.prefix.length), "hex"));
}

export function fromBinary(key: string, value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  return (HASH_KEYS.get(key)?.prefix ?? "") + Buffer.from(value).toString("hex");
}
