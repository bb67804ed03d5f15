import type { FileHead } from "./file-head.ts";

/**
 * For each of a session's segments, given their heads in order, from which update on it is not
 * read. A segment that resumes has all again from its first update on: a disk that failed those
 * before it may have kept later blocks of them without earlier ones. docs/FORMAT.md, "Reading".
 */
export function supersededFrom(heads: readonly (FileHead | undefined)[]): number[] {
  const ends = new Array<number>(heads.length);
  let end = Number.POSITIVE_INFINITY;
  for (let i = heads.length - 1; i >= 0; i--) {
    ends[i] = end;
    const head = heads[i];
    if (head?.resumes) end = Math.min(end, head.firstSequence);
  }
  return ends;
}
