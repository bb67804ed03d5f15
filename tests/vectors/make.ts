/**
 * Makes the golden files and the example in docs/FORMAT.md anew: `bun tests/vectors/make.ts`.
 * Only while the format's version is 0; from 1 on its files are frozen, and only added to.
 */
import { join } from "node:path";
import {
  knownShapesTable,
  PAGE_MARKS,
  PAGE_PATH,
  pageExample,
  SHAPES_MARKS,
} from "./page-example.ts";
import { VECTOR_SOURCES } from "./sources.ts";
import { decodeVector, encodeVector, VECTORS_FOLDER, type Vector } from "./vector.ts";

for (const [name, source] of Object.entries(VECTOR_SOURCES)) {
  const bytes = encodeVector(source);
  const vector: Vector = { ...source, seen: decodeVector(source, bytes) };
  await Bun.write(join(VECTORS_FOLDER, `${name}.bin`), bytes);
  await Bun.write(join(VECTORS_FOLDER, `${name}.json`), `${JSON.stringify(vector, null, 1)}\n`);
}

/** A part of the page between its marks, without the patterns of a replacement. */
function replaced(page: string, marks: RegExp, part: string): string {
  return page.replace(marks, (_, start: string, end: string) => `${start}\n${part}\n\n${end}`);
}

const page = await Bun.file(PAGE_PATH).text();
const withShapes = replaced(page, SHAPES_MARKS, knownShapesTable());
await Bun.write(PAGE_PATH, replaced(withShapes, PAGE_MARKS, pageExample()));
