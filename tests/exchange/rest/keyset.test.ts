import { describe, expect, test } from "bun:test";
import { AskedVenue, type Fields, WINDOW_MS } from "./asked-venue.ts";

interface Page extends Fields {
  markets?: { id: string }[];
  events?: { id: string }[];
  next_cursor?: string;
}

/** The ids of all pages. `between` runs after each page but the last. */
function walk(venue: AskedVenue, url: string, between = () => {}): string[] {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const after = cursor === undefined ? "" : `&after_cursor=${encodeURIComponent(cursor)}`;
    const page = venue.read<Page>(url + after);
    ids.push(...(page.markets ?? page.events ?? []).map(({ id }) => id));
    cursor = page.next_cursor;
    if (cursor !== undefined) between();
  } while (cursor !== undefined);
  return ids;
}

function openIds(venue: AskedVenue): string[] {
  return venue.simulation.markets
    .filter(({ phase }) => phase !== "settled")
    .map(({ identity }) => identity.id);
}

describe("keyset pages", () => {
  test("give every market exactly once", () => {
    const venue = new AskedVenue({ markets: 130, series: 2 });
    for (const query of ["limit=7", "limit=100", "limit=7&order=liquidity_num&ascending=false"]) {
      const ids = walk(venue, `/gamma/markets/keyset?${query}`);
      expect(ids.toSorted(), query).toEqual(openIds(venue).toSorted());
    }
  });

  test("give every event exactly once", () => {
    const venue = new AskedVenue({ markets: 130, series: 2 });
    const expected = venue.simulation.events.map(({ identity }) => identity.id).toSorted();
    for (const query of ["limit=7", "limit=7&order=slug&ascending=false", ""]) {
      expect(walk(venue, `/gamma/events/keyset?${query}`).toSorted(), query).toEqual(expected);
    }
  });

  test("lose and repeat nothing while markets come and go", () => {
    const venue = new AskedVenue({ markets: 20, series: 4 });
    const before = new Set(openIds(venue));
    const ids = walk(venue, "/gamma/markets/keyset?limit=5", () => venue.clock.advance(WINDOW_MS));
    expect(new Set(ids).size).toBe(ids.length);
    const stayed = openIds(venue).filter((id) => before.has(id));
    expect(stayed.length).toBeGreaterThanOrEqual(20);
    expect(ids).toEqual(expect.arrayContaining(stayed));
    expect(openIds(venue).some((id) => !before.has(id))).toBe(true);
  });

  test("cut the limit to that of their list without a word", () => {
    const venue = new AskedVenue({ markets: 130 });
    const sizeOf = (url: string) => {
      const { markets, events } = venue.read<Page>(url);
      return (markets ?? events)?.length;
    };
    expect(sizeOf("/gamma/markets/keyset")).toBe(20);
    expect(sizeOf("/gamma/markets/keyset?limit=1000")).toBe(100);
    const events = new AskedVenue({ markets: 1_200 });
    expect(events.simulation.events.length).toBeGreaterThan(500);
    expect(events.read<Page>("/gamma/events/keyset?limit=1000").events?.length).toBe(500);
    expect(events.read<Fields[]>("/gamma/events?limit=1000").length).toBe(100);
  });

  test("have a next cursor exactly when they are full", () => {
    const venue = new AskedVenue({ markets: 7 });
    expect(venue.read<Page>("/gamma/markets/keyset?limit=8")).not.toContainKey("next_cursor");
    const full = venue.read<Page>("/gamma/markets/keyset?limit=7");
    expect(Object.keys(full)).toEqual(["markets", "next_cursor"]);
    const rest = venue.read<Page>(`/gamma/markets/keyset?after_cursor=${full.next_cursor}`);
    expect(rest).toEqual({ markets: [] });
  });

  test("heed after_cursor alone", () => {
    const venue = new AskedVenue({ markets: 7 });
    const url = "/gamma/markets/keyset?limit=3";
    const first = venue.read<Page>(url);
    expect(venue.read<Page>(`${url}&cursor=${first.next_cursor}`)).toEqual(first);
    expect(venue.read<Page>(`${url}&after_cursor=`)).toEqual(first);
    expect(venue.read<Page>(`${url}&after_cursor=${first.next_cursor}`)).not.toEqual(first);
  });

  test("refuse an offset and a cursor that is none of theirs", () => {
    const venue = new AskedVenue();
    expect(venue.get("/gamma/markets/keyset?offset=0")).toEqual({
      status: 422,
      value: { type: "validation error", error: "offset is not allowed on keyset endpoints" },
    });
    const { next_cursor } = venue.read<Page>("/gamma/markets/keyset?limit=1&order=slug");
    for (const cursor of ["LTE=", "???", "e30", next_cursor]) {
      expect(venue.get(`/gamma/events/keyset?after_cursor=${cursor}`), cursor).toMatchObject({
        status: 422,
        value: { type: "validation error" },
      });
    }
  });
});
