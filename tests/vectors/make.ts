/**
 * Makes the golden files anew: `bun tests/vectors/make.ts`. Only while the format's version is 0;
 * from 1 on its files are frozen, and new ones are added beside them.
 */
import { join } from "node:path";
import { VECTOR_SOURCES } from "./sources.ts";
import { decodeVector, encodeVector, VECTORS_FOLDER, type Vector } from "./vector.ts";

for (const [name, source] of Object.entries(VECTOR_SOURCES)) {
  const bytes = encodeVector(source);
  const vector: Vector = { ...source, seen: decodeVector(source, bytes) };
  await Bun.write(join(VECTORS_FOLDER, `${name}.bin`), bytes);
  await Bun.write(join(VECTORS_FOLDER, `${name}.json`), `${JSON.stringify(vector, null, 1)}\n`);
}
