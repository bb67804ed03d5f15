import { describe, expect, test } from "bun:test";
import { AskedVenue, type Fields } from "./asked-venue.ts";

interface Event extends Fields {
  id: string;
  markets: Fields[];
  tags: Fields[];
}

describe("GET /gamma/events", () => {
  test("lists events with their markets", () => {
    const venue = new AskedVenue();
    const events = venue.read<Event[]>("/gamma/events");
    expect(events.map(({ id }) => id)).toEqual(
      venue.simulation.events.map(({ identity }) => identity.id),
    );
    expect(events.flatMap(({ markets }) => markets.map(({ id }) => id))).toEqual(
      venue.simulation.markets.map(({ identity }) => identity.id),
    );
    const contest = events[2];
    expect(contest).toMatchObject({ negRisk: true, closed: false, active: true });
    expect(contest?.markets[0]).toMatchObject({ groupItemThreshold: "0" });
    expect(contest?.markets[1]).toMatchObject({ groupItemThreshold: "1" });
    expect(contest?.markets[0]).not.toContainKey("events");
    const sum = contest?.markets.reduce((total, market) => total + Number(market.liquidityNum), 0);
    expect(Number(contest?.liquidity)).toBeCloseTo(sum ?? 0, 4);
  });

  test("filters by name, tag, series and state", () => {
    const venue = new AskedVenue({ series: 1 });
    const { identity } = venue.simulation.events[0]!;
    for (const query of [`id=${identity.id}`, `slug=${identity.slug}`, "tag_slug=politics"]) {
      expect(venue.slugs(`/gamma/events?${query}`), query).toEqual([identity.slug]);
    }
    const series = venue.slugs("/gamma/events?series_id=10001");
    expect(series.length).toBe(3);
    expect(venue.slugs("/gamma/events?tag_id=101757")).toEqual(series);
    expect(venue.slugs("/gamma/events?exclude_tag_id=101757")).not.toContain(series[0]);
    expect(venue.slugs("/gamma/events?active=false")).toBeEmpty();
    expect(venue.slugs("/gamma/events?limit=1&offset=1")).toEqual([
      venue.simulation.events[1]!.identity.slug,
    ]);
    expect(venue.get("/gamma/events?offset=2001")).toMatchObject({
      status: 422,
      value: { error: "offset too large, use /events/keyset for deeper pagination" },
    });
  });

  test("has closed events beside open ones unless told otherwise", () => {
    const venue = new AskedVenue({ markets: 0, series: 1 });
    const [first] = venue.simulation.events;
    venue.clock.advance(105_000);
    const slug = first?.identity.slug;
    expect(venue.slugs("/gamma/events")).toContain(slug);
    expect(venue.slugs("/gamma/events?closed=false")).not.toContain(slug);
    expect(venue.slugs("/gamma/events?closed=true")).toEqual([slug]);
    expect(venue.read(`/gamma/events/slug/${slug}`)).toMatchObject({
      closed: true,
      closedTime: "2026-10-05T12:01:00Z",
      markets: [{ closed: true }],
    });
  });

  test("gives one by its number or slug", () => {
    const venue = new AskedVenue({ markets: 0, series: 1 });
    const { identity } = venue.simulation.events[0]!;
    const event = venue.read<Event>(`/gamma/events/${identity.id}`);
    expect(venue.read<Event>(`/gamma/events/slug/${identity.slug}`)).toEqual(event);
    expect(event).toMatchObject({
      ticker: identity.slug,
      startTime: "2026-10-05T12:00:00Z",
      seriesSlug: "btc-up-or-down-1m",
      series: [{ id: "10001", slug: "btc-up-or-down-1m", recurrence: "1m" }],
    });
    expect(venue.read<Fields[]>(`/gamma/events/${identity.id}/tags`)).toEqual(event.tags);
    expect(venue.get("/gamma/events/1")).toEqual({
      status: 404,
      value: { type: "not found error", error: "id not found" },
    });
    expect(venue.get("/gamma/events/slug/nothing").status).toBe(404);
    expect(venue.get("/gamma/events/x").status).toBe(422);
  });
});

describe("labels", () => {
  test("tags are listed once each, by number", () => {
    const venue = new AskedVenue({ markets: 12, series: 1 });
    const tags = venue.read<Fields[]>("/gamma/tags?limit=20&offset=0");
    expect(tags.map(({ id }) => id)).toEqual([
      "1",
      "2",
      "21",
      "120",
      "596",
      "101757",
      "102127",
      "102892",
    ]);
    expect(venue.read<Fields[]>("/gamma/tags?limit=2&offset=6")).toEqual(tags.slice(6));
    expect(venue.read<Fields[]>("/gamma/tags?limit=8&offset=8")).toBeEmpty();
    expect(venue.read("/gamma/tags/21")).toMatchObject({ id: "21", label: "Crypto" });
    expect(venue.read("/gamma/tags/slug/crypto")).toEqual(venue.read("/gamma/tags/21"));
    for (const path of ["/gamma/tags/21", "/gamma/tags/slug/crypto"]) {
      expect(venue.read<Fields[]>(`${path}/related-tags`)).toBeEmpty();
      expect(venue.read<Fields[]>(`${path}/related-tags/tags`)).toBeEmpty();
    }
    expect(venue.get("/gamma/tags/3").status).toBe(404);
    expect(venue.get("/gamma/tags/slug/none/related-tags").status).toBe(404);
  });

  test("series are listed with their events", () => {
    const venue = new AskedVenue({ markets: 0, series: 2 });
    const series = venue.read<(Fields & { events: Fields[] })[]>("/gamma/series");
    expect(series.map(({ slug }) => slug)).toEqual(["btc-up-or-down-1m", "eth-up-or-down-1m"]);
    expect(series.map(({ events }) => events.length)).toEqual([3, 3]);
    expect(series[0]?.events[0]).not.toContainKey("markets");
    expect(venue.slugs("/gamma/series?slug=eth-up-or-down-1m")).toEqual(["eth-up-or-down-1m"]);
    expect(venue.slugs("/gamma/series?closed=true")).toBeEmpty();
    expect(venue.slugs("/gamma/series?recurrence=daily")).toBeEmpty();
    expect(venue.read<Fields[]>("/gamma/series?exclude_events=true")[0]?.events).toEqual([]);
    expect(venue.read<Fields>("/gamma/series/10002")).toEqual(series[1]!);
    expect(venue.get("/gamma/series/7").status).toBe(404);
  });

  test("sports are unknown", () => {
    const venue = new AskedVenue();
    expect(venue.read<Fields[]>("/gamma/sports")).toEqual([]);
    expect(venue.read("/gamma/sports/market-types")).toEqual({ marketTypes: ["moneyline"] });
  });
});

describe("GET /gamma/public-search", () => {
  test("finds events by words of their titles, by pages", () => {
    const venue = new AskedVenue();
    const found = venue.read<Fields & { events: Event[] }>("/gamma/public-search?q=Contest+wins");
    expect(found.events.map(({ id }) => id)).toEqual(["100003"]);
    expect(found.pagination).toEqual({ hasMore: false, totalResults: 1 });
    const url = "/gamma/public-search?q=simulated&limit_per_type=2";
    const total = venue.simulation.events.length;
    expect(venue.read(url).pagination).toEqual({ hasMore: true, totalResults: total });
    expect(venue.read<{ events: Event[] }>(`${url}&page=2`).events[0]?.id).toBe("100003");
  });

  test("leaves out what was not found, and needs a word", () => {
    const venue = new AskedVenue();
    expect(venue.read("/gamma/public-search?q=zebra")).toEqual({
      pagination: { hasMore: false, totalResults: 0 },
    });
    expect(venue.read("/gamma/public-search?q=crypto&search_tags=true")).toMatchObject({
      tags: [{ id: "21", label: "Crypto" }],
    });
    expect(venue.get("/gamma/public-search?q=")).toEqual({
      status: 422,
      value: { type: "validation error", error: 'query argument "q": empty' },
    });
  });

  test("tells active events from resolved ones", () => {
    const venue = new AskedVenue({ markets: 0, series: 1 });
    venue.clock.advance(105_000);
    const totals = ["", "&events_status=active", "&events_status=resolved"].map(
      (status) =>
        venue.read<{ pagination: Fields }>(`/gamma/public-search?q=bitcoin${status}`).pagination
          .totalResults,
    );
    expect(totals).toEqual([4, 3, 1]);
  });
});
