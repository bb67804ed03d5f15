import { expect, test } from "bun:test";
import type { MarketNames } from "../../src/polymarket/market-names.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { Roster } from "../../src/recorder/roster.ts";
import type { Refusal } from "../../src/store/claims.ts";
import type { StorageWriter } from "../../src/store/storage-writer.ts";

const MINUTE = 60_000;

function market(name: string): MarketNames {
  const outcomes = ["Yes", "No"].map((outcome) => ({ tokenId: `${name}-${outcome}`, outcome }));
  const names = { question: "", slug: name, endDate: "", event: "" };
  return { ...names, conditionId: `0x${name}`, outcomes, hashed: {} } as MarketNames;
}

/** A roster beside another recorder, which has some tokens. */
function rostered(taken: readonly string[], isWaiting = false) {
  const clock = new VirtualClock();
  const others = new Set(taken);
  const claims: string[][] = [];
  const told: string[] = [];
  const inUse = new Error("in use") as unknown as Refusal;
  const writer = {
    claimEach: (groups: readonly (readonly string[])[]): Refusal[] => {
      claims.push(groups.flat());
      return groups.map((group) => (group.some((id) => others.has(id)) ? inUse : undefined));
    },
    know: () => {},
    release: async () => {},
  } as unknown as StorageWriter;
  const roster = new Roster({
    tokenIds: [],
    writer,
    isWaiting,
    clock,
    named: () => {},
    come: (markets) => void told.push(`come ${markets.flatMap(({ tokenIds }) => tokenIds)}`),
    resolved: () => {},
    leave: (tokenIds) => void told.push(`leave ${tokenIds}`),
    freed: (markets) => void told.push(`freed ${markets.map(({ slug }) => slug)}`),
    onTrouble: () => {},
  });
  return { roster, clock, others, claims, told };
}

test("a market that another recorder has comes when that one lets it go", () => {
  const { roster, clock, others, told } = rostered(["a-Yes"]);
  const refused = roster.add([market("a"), market("b")]);
  expect(refused.map(({ market: { slug } }) => slug)).toEqual(["a"]);
  clock.advance(10 * MINUTE);
  expect(told).toEqual(["come b-Yes,b-No"]);
  others.clear();
  clock.advance(MINUTE);
  expect(told.slice(1)).toEqual(["come a-Yes,a-No", "freed a"]);
  expect(roster.has("a-No")).toBe(true);
  expect(roster.count).toBe(4);
});

test("so does one that was taken while its owner was waited for, in vain", () => {
  const { roster, clock, others, told } = rostered(["a-No"], true);
  expect(roster.add([market("a"), market("b")])).toEqual([]);
  expect(roster.join()).toHaveLength(1);
  expect(roster.has("a-Yes")).toBe(false);
  others.clear();
  clock.advance(MINUTE);
  expect(told.slice(1)).toEqual(["leave a-Yes,a-No", "come a-Yes,a-No", "freed a"]);
  expect(roster.count).toBe(4);
});

test("nothing is claimed that is not wanted any more, and nothing after the end", () => {
  const { roster, clock, others, claims, told } = rostered(["a-Yes", "b-Yes"]);
  const [a, b] = [market("a"), market("b")];
  roster.add([a, b]);
  roster.end(a, "Yes");
  others.clear();
  clock.advance(MINUTE);
  expect(claims.slice(1)).toEqual([["b-Yes", "b-No"]]);
  expect(told.at(-1)).toBe("freed b");
  clock.advance(10 * MINUTE);
  expect(claims).toHaveLength(2);
  roster.stop();
  expect(clock.timers).toBe(0);
});
