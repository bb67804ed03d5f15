import { afterEach, describe, expect, test } from "bun:test";
import { fetchMarketNames } from "../../src/polymarket/gamma.ts";
import { parseMarketNames } from "../../src/polymarket/market-names.ts";
import { systemHttp } from "../../src/ports/http.ts";

type Handler = (request: Request) => Response | Promise<Response>;

const CONDITION_ID = `0x${"a1".repeat(32)}`;
const YES = "1".repeat(77);
const NO = "2".repeat(77);

/** A market in Gamma's shape: lists are the JSON text of an array, dates ISO 8601. */
function gammaMarket(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: "900001",
    question: "Will the invented thing happen?",
    conditionId: CONDITION_ID,
    slug: "will-the-invented-thing-happen",
    endDate: "2030-01-02T03:04:05Z",
    outcomes: JSON.stringify(["Yes", "No"]),
    outcomePrices: JSON.stringify(["0.4", "0.6"]),
    clobTokenIds: JSON.stringify([YES, NO]),
    active: true,
    closed: false,
    orderPriceMinTickSize: 0.01,
    orderMinSize: 5,
    negRisk: false,
    events: [{ slug: "invented-things" }],
    ...fields,
  };
}

const yesNames = {
  market: CONDITION_ID,
  question: "Will the invented thing happen?",
  slug: "will-the-invented-thing-happen",
  outcome: "Yes",
  endDate: "2030-01-02T03:04:05Z",
  event: "invented-things",
  hashed: { minOrderSize: "5", negRisk: false },
};

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function serve(handler: Handler): string {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: handler });
  stops.push(() => server.stop(true));
  return `http://127.0.0.1:${server.port}`;
}

function askedTokens(request: Request): string[] {
  return new URL(request.url).searchParams.getAll("clob_token_ids");
}

/** A Gamma that holds `markets` and filters as the real one does: open ones unless `closed=true`. */
function serveMarkets(markets: Record<string, unknown>[], urls: string[] = []): string {
  return serve((request) => {
    urls.push(request.url);
    const url = new URL(request.url);
    const closed = url.searchParams.get("closed") === "true";
    const asked = new Set(askedTokens(request));
    const found = markets.filter((market) => {
      const tokens: string[] = JSON.parse(String(market.clobTokenIds));
      return market.closed === closed && tokens.some((token) => asked.has(token));
    });
    const limit = Number(url.searchParams.get("limit") ?? "20");
    if (url.pathname !== "/markets/keyset") return notFound();
    return Response.json({ markets: found.slice(0, limit) });
  });
}

function notFound(): Response {
  return new Response("not found", { status: 404 });
}

describe("names of markets", () => {
  test("both tokens of an open market get its names and their own outcome", async () => {
    const url = serveMarkets([gammaMarket()]);
    const names = await fetchMarketNames(systemHttp, url, [YES, NO]);
    expect([...names.keys()].sort()).toEqual([YES, NO]);
    expect(names.get(YES)).toEqual(yesNames);
    expect(names.get(NO)).toEqual({ ...yesNames, outcome: "No" });
  });

  test("a token that was not asked for is not named", async () => {
    const url = serveMarkets([gammaMarket()]);
    const names = await fetchMarketNames(systemHttp, url, [NO]);
    expect([...names.keys()]).toEqual([NO]);
  });

  test("real arrays are as good as JSON texts of arrays", async () => {
    const market = gammaMarket({ outcomes: ["Up", "Down"], clobTokenIds: [YES, NO] });
    const url = serve(() => Response.json({ markets: [market] }));
    const names = await fetchMarketNames(systemHttp, url, [YES]);
    expect(names.get(YES)?.outcome).toBe("Up");
  });

  test("only what is not listed as open is asked for again as closed", async () => {
    const urls: string[] = [];
    const closedToken = "3";
    const url = serveMarkets(
      [
        gammaMarket(),
        gammaMarket({
          slug: "over",
          closed: true,
          outcomes: '["Yes"]',
          clobTokenIds: JSON.stringify([closedToken]),
        }),
      ],
      urls,
    );
    const names = await fetchMarketNames(systemHttp, url, [YES, closedToken]);
    expect(names.get(YES)?.slug).toBe("will-the-invented-thing-happen");
    expect(names.get(closedToken)?.slug).toBe("over");
    expect(urls.map((asked) => asked.slice(url.length))).toEqual([
      `/markets/keyset?clob_token_ids=${YES}&clob_token_ids=${closedToken}&limit=50`,
      `/markets/keyset?clob_token_ids=${closedToken}&limit=50&closed=true`,
    ]);
  });

  test("a base address may have a path and a slash at its end", async () => {
    const paths: string[] = [];
    const url = serve((request) => {
      paths.push(new URL(request.url).pathname);
      return Response.json({ markets: [gammaMarket()] });
    });
    await fetchMarketNames(systemHttp, `${url}/gamma/`, [YES]);
    expect(paths).toEqual(["/gamma/markets/keyset"]);
  });

  test("many tokens go in requests of at most 50 ids and less than 8 kB", async () => {
    const urls: string[] = [];
    const tokens = Array.from({ length: 120 }, (_, n) => `${"9".repeat(75)}${100 + n}`);
    const markets = tokens.map((token) =>
      gammaMarket({ outcomes: '["Yes"]', clobTokenIds: JSON.stringify([token]) }),
    );
    const url = serveMarkets(markets, urls);
    const names = await fetchMarketNames(systemHttp, url, [...tokens, ...tokens]);
    expect(names.size).toBe(120);
    const asked = urls.map((text) => new URL(text).searchParams.getAll("clob_token_ids"));
    expect(asked.map((ids) => ids.length)).toEqual([50, 50, 20]);
    expect(asked.flat()).toEqual(tokens);
    for (const text of urls) expect(text.length).toBeLessThan(8192);
  });

  test("what cannot be a token id is never asked for", async () => {
    const urls: string[] = [];
    const url = serveMarkets([], urls);
    const names = await fetchMarketNames(systemHttp, url, ["", "abc", "1&limit=0", "4".repeat(79)]);
    expect(names.size).toBe(0);
    expect(urls).toEqual([]);
  });
});

describe("a Gamma that misbehaves", () => {
  const malformed: [string, unknown][] = [
    ["null", null],
    ["a text", "market"],
    ["a list", []],
    ["no condition id", gammaMarket({ conditionId: undefined })],
    ["no outcomes", gammaMarket({ outcomes: undefined })],
    ["outcomes that are no JSON", gammaMarket({ outcomes: "Yes, No" })],
    ["outcomes that are an object", gammaMarket({ outcomes: { Yes: 1 } })],
    ["fewer outcomes than tokens", gammaMarket({ outcomes: '["Yes"]' })],
    ["token ids as numbers", gammaMarket({ clobTokenIds: "[1, 2]" })],
    ["null token ids", gammaMarket({ clobTokenIds: null })],
  ];

  test.each(malformed)("an entry with %s names nothing", (_name, item) => {
    expect(parseMarketNames(item)).toBeUndefined();
  });

  test("malformed entries do not hide the good one among them", async () => {
    const items = [...malformed.map(([, item]) => item), gammaMarket()];
    const url = serve(() => Response.json({ markets: items }));
    expect((await fetchMarketNames(systemHttp, url, [YES])).get(YES)).toEqual(yesNames);
  });

  test("names that are missing or no text are empty", () => {
    const item = gammaMarket({ question: null, slug: 7, endDate: undefined, events: [] });
    expect(parseMarketNames(item)).toEqual({
      conditionId: CONDITION_ID,
      question: "",
      slug: "",
      endDate: "",
      event: "",
      outcomes: [
        { tokenId: YES, outcome: "Yes" },
        { tokenId: NO, outcome: "No" },
      ],
      hashed: { minOrderSize: "5", negRisk: false },
    });
  });

  test.each([
    [
      { orderMinSize: 15, negRisk: true },
      { minOrderSize: "15", negRisk: true },
    ],
    [{ orderMinSize: 0.5 }, { minOrderSize: "0.5", negRisk: false }],
    [{ orderMinSize: "5", negRisk: "true" }, {}],
    [{ orderMinSize: null, negRisk: 1 }, {}],
    [{ orderMinSize: -5, negRisk: null }, {}],
    [{ orderMinSize: 1e-7, negRisk: undefined }, {}],
    [{ orderMinSize: 1e21 }, { negRisk: false }],
  ])("what hashes cover is taken where it is sound: %j", (fields, hashed) => {
    expect(parseMarketNames(gammaMarket(fields))?.hashed).toEqual(hashed);
  });

  const answers: [string, Handler][] = [
    ["an error status", () => new Response("[]", { status: 503 })],
    ["a page", () => new Response("<html>try later</html>")],
    ["nothing", () => new Response("")],
    ["another object", () => Response.json({ error: "no" })],
    ["a bare list", () => Response.json([gammaMarket()])],
  ];

  test.each(answers)("%s leaves tokens absent and is reported", async (_name, handler) => {
    const reasons: string[] = [];
    const url = serve(handler);
    const names = await fetchMarketNames(systemHttp, url, [YES], (why) => reasons.push(why));
    expect(names.size).toBe(0);
    expect(reasons).toHaveLength(2);
  });

  test("names found before the service went away are kept and nothing more is asked", async () => {
    const asked: string[] = [];
    const url = serveMarkets([gammaMarket()]);
    const others = Array.from({ length: 120 }, (_, n) => `${n}`);
    const reasons: string[] = [];
    const names = await fetchMarketNames(
      (request, init) => {
        asked.push(request);
        if (asked.length > 1) return Promise.reject(new Error("connection refused"));
        return systemHttp(request, init);
      },
      url,
      [YES, ...others],
      (why) => reasons.push(why),
    );
    expect([...names.keys()]).toEqual([YES]);
    expect(asked).toHaveLength(2);
    expect(reasons).toEqual(["Gamma cannot be reached: connection refused"]);
  });
});

describe("the real HTTP port", () => {
  test("gives status and text of any answer", async () => {
    const url = serve(() => new Response("größer", { status: 404 }));
    expect(await systemHttp(url)).toEqual({ status: 404, text: "größer" });
  });

  test("rejects when nobody listens", async () => {
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: notFound });
    const url = `http://127.0.0.1:${server.port}`;
    await server.stop(true);
    await expect(systemHttp(url)).rejects.toThrow();
  });

  test("rejects with a TimeoutError when the answer does not come", async () => {
    const url = serve(() => new Promise<Response>(() => {}));
    await expect(systemHttp(url, { timeoutMs: 20 })).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });

  test("rejects with a TimeoutError when the answer does not end", async () => {
    const url = serve(
      () => new Response(new ReadableStream({ start: (controller) => controller.enqueue("half") })),
    );
    await expect(systemHttp(url, { timeoutMs: 20 })).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });
});
