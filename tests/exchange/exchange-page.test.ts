import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FAULT_KINDS } from "../../src/exchange/faults/fault-kinds.ts";
import { RECIPE_NAMES } from "../../src/exchange/market/book-summary.ts";

const page = readFileSync(join(import.meta.dir, "../../docs/EXCHANGE.md"), "utf8");

test("the page of the exchange has every fault with its keys, and no other", () => {
  const section = page.slice(page.indexOf("## Faults"), page.indexOf("**Over HTTP**"));
  const rows = [...section.matchAll(/^\| `([^`]+)` \|.*\| `([^`]+)` \|$/gm)];
  expect(Object.fromEntries(rows.map(([, kind = "", keys = ""]) => [kind, keys]))).toEqual(
    Object.fromEntries(
      Object.entries(FAULT_KINDS).map(([kind, { takes }]) => [kind, takes.join(" ")]),
    ),
  );
});

test("the page of the exchange names every recipe", () => {
  for (const recipe of RECIPE_NAMES) expect(page).toContain(`\`${recipe}\``);
});
