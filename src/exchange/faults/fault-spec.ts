import { PolybotError } from "../../format/error.ts";
import { parseDuration } from "../../ports/duration.ts";
import { FAULT_KINDS, type FaultKind, isFaultKind } from "./fault-kinds.ts";

/**
 * One fault and when it strikes: with probability `p` at each occasion, once `atMs` after the
 * exchange started, every `everyMs`, or, with none of the three, once and now.
 */
export interface FaultSpec {
  readonly kind: FaultKind;
  readonly p?: number;
  readonly atMs?: number;
  readonly everyMs?: number;
  /** How long a stall, a half-open connection, a slow reader or a restart lasts. */
  readonly forMs?: number;
  /** The only socket concerned; otherwise one is drawn. */
  readonly socket?: number;
  /** The only token concerned; otherwise one is drawn. */
  readonly token?: string;
  /** How much, for delays, clock steps and stale books. */
  readonly ms?: number;
  /** What REST answers. */
  readonly status?: number;
}

/** The keys of a fault as a person writes it, and what each becomes. */
const KEYS = {
  p: { field: "p", parse: parseProbability },
  at: { field: "atMs", parse: parseDuration },
  every: { field: "everyMs", parse: parseDuration },
  for: { field: "forMs", parse: parseDuration },
  ms: { field: "ms", parse: parseSignedDuration },
  socket: { field: "socket", parse: parseCount },
  status: { field: "status", parse: parseStatus },
  token: { field: "token", parse: parseToken },
} as const;

type Key = keyof typeof KEYS;

/** The keys that say when a fault strikes: at most one of them. */
const WHEN: readonly Key[] = ["p", "at", "every"];

/**
 * Reads `kind,key=value,..`, such as `stall-token,every=1m,for=10s`; what has no `=` begins the
 * next fault. Throws `BAD_INPUT`.
 */
export function parseFaults(text: string): FaultSpec[] {
  const faults: { readonly kind: string; readonly entries: [string, string][] }[] = [];
  for (const part of text.split(",").map((item) => item.trim())) {
    const sign = part.indexOf("=");
    const last = faults.at(-1);
    if (sign === -1) faults.push({ kind: part, entries: [] });
    else if (last === undefined) throw badFault(`begins with its kind, not with "${part}"`);
    else last.entries.push([part.slice(0, sign), part.slice(sign + 1)]);
  }
  return faults.map(({ kind, entries }) => faultOf(kind, entries));
}

/** Reads a fault from JSON: the same keys and values, where numbers may be numbers. */
export function faultFromJson(value: unknown): FaultSpec {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badFault('wants an object, such as {"kind":"drop","every":"30s"}');
  }
  const { kind, ...rest } = value as Record<string, unknown>;
  if (typeof kind !== "string") throw badFault("wants a kind");
  const entries = Object.entries(rest).map(([key, given]): [string, string] => {
    if (typeof given === "string" || typeof given === "number") return [key, String(given)];
    throw badFault(`wants a text or a number for ${key}`);
  });
  return faultOf(kind, entries);
}

function faultOf(kind: string, entries: readonly (readonly [string, string])[]): FaultSpec {
  if (!isFaultKind(kind)) {
    throw badFault(`"${kind}" is unknown; there are ${Object.keys(FAULT_KINDS).join(", ")}`);
  }
  const fields: Record<string, number | string> = {};
  for (const [key, text] of entries) {
    const { field, parse } = KEYS[keyOf(kind, key)];
    const value = parse(text);
    if (value === undefined) throw badFault(`${key}=${text} cannot be read`);
    if (field in fields) throw badFault(`takes ${key} only once`);
    fields[field] = value;
  }
  const given = entries.map(([key]) => key).filter((key) => WHEN.includes(key as Key));
  if (given.length > 1) throw badFault(`takes only one of ${given.join(" and ")}`);
  const spec = { kind, ...fields } as FaultSpec;
  check(spec);
  return spec;
}

/** A key that means something for this kind. */
function keyOf(kind: FaultKind, key: string): Key {
  const { on, takes } = FAULT_KINDS[kind];
  const when = WHEN.filter((name) => name !== "p" || on !== "exchange");
  const known: readonly string[] = [...when, ...takes];
  if (known.includes(key)) return key as Key;
  throw badFault(`${kind} does not take "${key}"; it takes ${known.join(", ")}`);
}

function check({ kind, everyMs, ms }: FaultSpec): void {
  if (everyMs === 0) throw badFault("every=0 would never end");
  if (kind === "clock-step" && ms === undefined) throw badFault("clock-step wants ms=");
  if (kind !== "clock-step" && ms !== undefined && ms < 0) {
    throw badFault("ms must not be negative");
  }
}

function parseProbability(text: string): number | undefined {
  const value = /^(\d+\.?\d*|\.\d+)(e-?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return value <= 1 ? value : undefined;
}

function parseSignedDuration(text: string): number | undefined {
  const value = parseDuration(text.replace(/^-/, ""));
  return text.startsWith("-") && value !== undefined ? -value : value;
}

function parseCount(text: string): number | undefined {
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

function parseStatus(text: string): number | undefined {
  return /^[45]\d\d$/.test(text) ? Number(text) : undefined;
}

function parseToken(text: string): string | undefined {
  return /^\d+$/.test(text) ? text : undefined;
}

function badFault(what: string): PolybotError {
  return new PolybotError("BAD_INPUT", `fault ${what}`);
}
