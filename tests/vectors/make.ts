/**
 * Makes the golden files and the example in docs/FORMAT.md anew: `bun tests/vectors/make.ts`.
 * Only while the format's version is 0; from 1 on its files are frozen, and only added to.
 */
import { join } from "node:path";
import { PAGE_MARKS, PAGE_PATH, pageExample } from "./page-example.ts";
import { VECTOR_SOURCES } from "./sources.ts";
import { decodeVector, encodeVector, VECTORS_FOLDER, type Vector } from "./vector.ts";

for (const [name, source] of Object.entries(VECTOR_SOURCES)) {
  const bytes = encodeVector(source);
  const vector: Vector = { ...source, seen: decodeVector(source, bytes) };
  await Bun.write(join(VECTORS_FOLDER, `${name}.bin`), bytes);
  await Bun.write(join(VECTORS_FOLDER, `${name}.json`), `${JSON.stringify(vector, null, 1)}\n`);
}

const page = await Bun.file(PAGE_PATH).text();
await Bun.write(
  PAGE_PATH,
  page.replace(PAGE_MARKS, `$1\n${pageExample().replaceAll("$", "$$$$")}\n\n$2`),
);
