import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Glob } from "bun";

/** The import table of docs/ARCHITECTURE.md: which folder of `src` may use which, and no other. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  format: [],
  book: ["format"],
  ports: [],
  store: ["format", "book", "ports"],
  read: ["format", "book", "ports", "store/paths.ts"],
  polymarket: ["format", "ports"],
  recorder: ["polymarket", "book", "store", "format", "ports"],
  exchange: ["polymarket/messages.ts", "format", "read", "ports"],
  export: ["read", "ports"],
  observe: ["recorder/counters.ts"],
  cli: [
    "format",
    "book",
    "ports",
    "store",
    "read",
    "polymarket",
    "recorder",
    "exchange",
    "export",
    "observe",
  ],
};

/** Format's part that the exchange may use: types and the error, never what `book` builds on. */
const EXCHANGE_FORMAT = ["format/error.ts"];

/** Modules of the runtime that only the ports, the store's locks and the exchange's log touch. */
const DISK = /^(node:fs|node:fs\/promises|bun:sqlite)$/;
const MAY_TOUCH_DISK = [
  "ports/fs.ts",
  "store/recorder-lock.ts",
  "store/claims.ts",
  "store/prune-lock.ts",
  "exchange/log-file.ts",
];

const SRC = join(import.meta.dir, "../src");
const FILES = [...new Glob("**/*.ts").scanSync(SRC)].sort();

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const pattern = /^\s*(?:import|export)\s(type\s)?[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)/gm;
  return [...text.matchAll(pattern)].map((match) => {
    const target = match[2] ?? match[3]!;
    const path = target.startsWith(".") ? relative(SRC, join(SRC, file, "..", target)) : target;
    return { target: path, typeOnly: match[1] !== undefined };
  });
}

describe("imports go only where the table allows", () => {
  for (const folder of Object.keys(MAY_IMPORT)) {
    test(folder, () => {
      const wrong = FILES.filter((file) => file.startsWith(`${folder}/`)).flatMap((file) =>
        importsOf(file)
          .filter(({ target }) => target.endsWith(".ts") && !target.startsWith(`${folder}/`))
          .filter(({ target }) => !MAY_IMPORT[folder]!.some((allowed) => isWithin(target, allowed)))
          .map(({ target }) => `${file} -> ${target}`),
      );
      expect(wrong).toEqual([]);
    });
  }

  test("the exchange takes nothing of the format but types and the error", () => {
    const wrong = FILES.filter((file) => file.startsWith("exchange/")).flatMap((file) =>
      importsOf(file)
        .filter(({ target, typeOnly }) => target.startsWith("format/") && !typeOnly)
        .filter(({ target }) => !EXCHANGE_FORMAT.includes(target))
        .map(({ target }) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("only the ports, the locks and the exchange's log touch the disk", () => {
    const wrong = FILES.filter((file) => !MAY_TOUCH_DISK.includes(file)).flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => DISK.test(target))
        .map(({ target }) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("every folder of src is in the table", () => {
    const folders = new Set(
      FILES.filter((file) => file.includes("/")).map((file) => file.split("/")[0]!),
    );
    expect([...folders].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });
});

test("Bun and its types are pinned to the same exact version", () => {
  const { devDependencies } = JSON.parse(readFileSync(join(SRC, "../package.json"), "utf8"));
  expect(devDependencies.bun).toMatch(/^\d+\.\d+\.\d+$/);
  expect(devDependencies["bun-types"]).toBe(devDependencies.bun);
  expect(Bun.version).toBe(devDependencies.bun);
});

function isWithin(target: string, allowed: string): boolean {
  return target === allowed || target.startsWith(`${allowed}/`);
}
