import { expect, test } from "bun:test";
import { shareOut } from "../../src/polymarket/sharding.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { markets, singles } from "./pooled-venue.ts";

test("markets stay whole, and fill shards with room before new ones", () => {
  expect(shareOut(markets(4), [1, 3], 4)).toEqual([
    [],
    ["0", "1"],
    ["2", "3", "4", "5"],
    ["6", "7"],
  ]);
  expect(shareOut([...markets(1), ...singles(["8", "9"])], [3, 0], 4)).toEqual([
    ["0", "1", "8"],
    [],
    ["9"],
  ]);
  expect(shareOut([], [2], 4)).toEqual([[]]);
});

test("only a market that is larger than a shard is cut", () => {
  const large = { market: "0x", tokenIds: ["1", "2", "3", "4", "5"] };
  expect(shareOut([large], [1], 2)).toEqual([["5"], ["1", "2"], ["3", "4"]]);
  expect(shareOut(markets(2), [], 1)).toEqual([["0"], ["1"], ["2"], ["3"]]);
});

test("no shard gets more than its room, and no token is lost or doubled, whatever the sizes", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const max = 1 + below(12);
    const rooms = Array.from({ length: below(5) }, () => below(max + 1));
    let count = 0;
    const groups = Array.from({ length: below(30) }, (_, i) => ({
      market: `0x${i}`,
      tokenIds: Array.from({ length: 1 + below(4) }, () => String(count++)),
    }));
    const shares = shareOut(groups, rooms, max);
    const what = `seed ${seed}`;
    expect(shares.flat().toSorted(), what).toEqual(groups.flatMap((g) => g.tokenIds).toSorted());
    expect(
      shares.every((share, i) => share.length <= (rooms[i] ?? max)),
      what,
    ).toBe(true);
    for (const { tokenIds } of groups) {
      if (tokenIds.length > max) continue;
      const holders = shares.filter((share) => tokenIds.some((id) => share.includes(id)));
      expect(holders, what).toHaveLength(1);
    }
  }
});
