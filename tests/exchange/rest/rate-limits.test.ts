import { describe, expect, test } from "bun:test";
import { RateLimits } from "../../../src/exchange/rest/rate-limits.ts";
import { AskedVenue } from "./asked-venue.ts";

/** How many of `count` requests to `path` at `nowMs` pass. */
function passing(limits: RateLimits, path: string, count: number, nowMs: number): number {
  let passed = 0;
  for (let request = 0; request < count; request += 1) {
    if (limits.admit(path, nowMs) === 0) passed += 1;
  }
  return passed;
}

describe("rate limits", () => {
  test.each([
    ["/book", 1_500],
    ["/books", 500],
    ["/price", 1_500],
    ["/prices", 500],
    ["/midpoint", 1_500],
    ["/midpoints", 500],
    ["/prices-history", 1_000],
    ["/tick-size", 200],
    ["/time", 9_000],
    ["/markets/0x0", 9_000],
    ["/gamma/events", 500],
    ["/gamma/events/keyset", 500],
    ["/gamma/markets", 300],
    ["/gamma/markets/slug/x", 300],
    ["/gamma/tags/21", 200],
    ["/gamma/public-search", 350],
    ["/gamma/series", 4_000],
  ])("%s takes %i requests in ten seconds", (path, max) => {
    expect(passing(new RateLimits(), path, max + 10, 0)).toBe(max);
  });

  test("the window slides: a place is free ten seconds after it was taken", () => {
    const limits = new RateLimits();
    expect(passing(limits, "/tick-size", 150, 0)).toBe(150);
    expect(passing(limits, "/tick-size", 150, 4_000)).toBe(50);
    expect(limits.admit("/tick-size", 9_999.5)).toBe(0.5);
    expect(passing(limits, "/tick-size", 200, 10_000)).toBe(150);
    expect(limits.admit("/tick-size", 13_000)).toBe(1_000);
    expect(passing(limits, "/tick-size", 200, 14_000)).toBe(50);
  });

  test("classes do not share their places, but all count for their service", () => {
    const limits = new RateLimits();
    expect(passing(limits, "/books", 600, 0)).toBe(500);
    expect(passing(limits, "/book", 1_600, 0)).toBe(1_500);
    expect(passing(limits, "/time", 9_000, 0)).toBe(7_000);
    expect(passing(limits, "/gamma/markets", 400, 0)).toBe(300);
    expect(passing(limits, "/gamma/series", 5_000, 0)).toBe(3_700);
  });

  test("what is refused does not count", () => {
    const limits = new RateLimits();
    passing(limits, "/tick-size", 5_000, 0);
    expect(passing(limits, "/tick-size", 1, 10_000)).toBe(1);
    expect(passing(limits, "/time", 9_000, 0)).toBe(8_799);
  });

  test("the service answers 429 and says when to come back", () => {
    const venue = new AskedVenue({ limits: true });
    const url = `/tick-size?token_id=${venue.tokenId(0, 0)}`;
    for (let request = 0; request < 200; request += 1) venue.read(url);
    venue.clock.advance(2_500);
    expect(venue.answer("GET", url)).toEqual({
      status: 429,
      body: '{"error":"Too Many Requests"}',
      headers: { "content-type": "application/json", "retry-after": "8" },
    });
    expect(venue.get(`/book?token_id=${venue.tokenId(0, 0)}`).status).toBe(200);
    venue.clock.advance(7_500);
    expect(venue.get(url).status).toBe(200);
  });

  test("none hold where they are switched off", () => {
    const venue = new AskedVenue({ limits: false });
    for (let request = 0; request < 400; request += 1) venue.read("/gamma/tags");
  });
});
