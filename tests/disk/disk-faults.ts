import type { Fs } from "../../src/ports/fs.ts";

/** What a disk is asked: a call of `Fs`, or of a file that it opened. */
export type OperationKind =
  | keyof Fs
  | "write"
  | "truncate"
  | "datasync"
  | "size"
  | "read"
  | "close";

export interface Operation {
  /** From 0. */
  readonly number: number;
  readonly kind: OperationKind;
  readonly path: string;
}

const OPENS: readonly OperationKind[] = [
  "create",
  "reopen",
  "writeFile",
  "syncFile",
  "syncFolder",
  "open",
  "readFile",
  "list",
];
const CHANGES_NAMES: readonly OperationKind[] = [
  "makeFolders",
  "makeFolder",
  "rename",
  "remove",
  "removeFolder",
];
const SYNCS: readonly OperationKind[] = ["datasync", "syncFile", "syncFolder"];
const TAKES_SPACE: readonly OperationKind[] = [
  "create",
  "writeFile",
  "write",
  "makeFolders",
  "makeFolder",
  "rename",
  ...SYNCS,
];

/** The operations that the system may refuse with a code; any may be refused with `EIO`. */
const REFUSES: Readonly<Record<string, readonly OperationKind[]>> = {
  ENOSPC: TAKES_SPACE,
  EDQUOT: TAKES_SPACE,
  EMFILE: OPENS,
  EACCES: [...OPENS, ...CHANGES_NAMES, "stat", "freeBytes"],
  EROFS: ["create", "reopen", "writeFile", "write", "truncate", "syncFile", ...CHANGES_NAMES],
};

/** Codes with which a sync is refused before it has tried anything. */
const UNTRIED = ["EMFILE", "EACCES", "EROFS"];

export const ERROR_CODES = ["ENOSPC", "EDQUOT", "EIO", "EMFILE", "EROFS", "EACCES"] as const;
export const SHORT_WRITES = ["one byte", "half", "all but one byte"] as const;

/** A refusal by its code, or how much of a write is taken. */
export type FaultKind = (typeof ERROR_CODES)[number] | (typeof SHORT_WRITES)[number];

/** What goes wrong from an operation on, with every one that it can happen to. */
export interface Fault {
  readonly kind: FaultKind;
  /** Number of the first operation that it may hit. */
  readonly at: number;
  /** Otherwise it hits only that one. */
  readonly forever: boolean;
}

/** The code with which the operation is refused, if it is. */
export function refusal(fault: Fault | undefined, operation: Operation): string | undefined {
  if (fault === undefined || !hits(fault, operation)) return undefined;
  const { kind } = fault;
  const may = kind === "EIO" || REFUSES[kind]?.includes(operation.kind) === true;
  return may ? kind : undefined;
}

/** How many of `bytes` a write takes. */
export function taken(fault: Fault | undefined, operation: Operation, bytes: number): number {
  if (fault === undefined || !hits(fault, operation)) return bytes;
  if (fault.kind === "one byte") return Math.min(bytes, 1);
  if (fault.kind === "half") return Math.ceil(bytes / 2);
  return fault.kind === "all but one byte" ? Math.max(Math.min(bytes, 1), bytes - 1) : bytes;
}

/** Whether a sync refused with `code` leaves what it was to write in doubt. */
export function isTried(code: string): boolean {
  return !UNTRIED.includes(code);
}

function hits({ at, forever }: Fault, { number }: Operation): boolean {
  return forever ? number >= at : number === at;
}
