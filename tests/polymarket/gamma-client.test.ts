import { describe, expect, test } from "bun:test";
import { AnsweringGamma } from "./answering-gamma.ts";

const REFUSED = { status: 429, text: '{"error":"Too Many Requests"}' };

describe("a request to Gamma", () => {
  test("repeats the parameters of a list, and keeps to the address", async () => {
    const gamma = new AnsweringGamma(() => ({ fine: 1 }));
    const value = await gamma.client.get("/markets", {
      slug: ["a", "b&c"],
      closed: false,
      limit: 5,
    });
    expect(value).toEqual({ fine: 1 });
    expect(gamma.urls[0]?.href).toBe("http://gamma/markets?slug=a&slug=b%26c&closed=false&limit=5");
  });

  test("is made again after 429, 5xx and no answer, with pauses that double", async () => {
    const answers = [REFUSED, { status: 503, text: "" }, new Error("connection refused")];
    const gamma = new AnsweringGamma((_url, count) => answers[count - 1] ?? { fine: 1 });
    expect(await gamma.client.get("/tags")).toEqual({ fine: 1 });
    // Half to all of 0.5, 1 and 2 seconds; the test's luck is in the middle.
    expect(gamma.pauses).toEqual([375, 750, 1_500]);
  });

  test.each([
    ["seconds", (_nowMs: number) => "7"],
    ["a date", (nowMs: number) => new Date(Math.ceil(nowMs / 1_000) * 1_000 + 7_000).toUTCString()],
  ])("waits as long as it is told, in %s", async (_what, retryAfter) => {
    const gamma = new AnsweringGamma((_url, count) =>
      count === 1
        ? { ...REFUSED, retryAfter: retryAfter(gamma.clock.nowUs() / 1_000) }
        : { fine: 1 },
    );
    await gamma.client.get("/tags");
    expect(gamma.pauses).toHaveLength(1);
    expect(gamma.pauses[0]).toBeWithin(7_000, 8_001);
  });

  test("ends when the wait would be longer than a minute", async () => {
    const gamma = new AnsweringGamma(() => ({ ...REFUSED, retryAfter: "61" }));
    await expect(gamma.client.get("/tags")).rejects.toMatchObject({ code: "GAMMA_FAILED" });
    expect(gamma.urls).toHaveLength(1);
  });

  test("is made five times at most; the error names address and status", async () => {
    const gamma = new AnsweringGamma(() => REFUSED);
    await expect(gamma.client.get("/tags", { limit: 1 })).rejects.toMatchObject({
      code: "GAMMA_FAILED",
      message: "Gamma answered http://gamma/tags?limit=1 with status 429: Too Many Requests",
    });
    expect(gamma.urls).toHaveLength(5);
    const silent = new AnsweringGamma(() => new Error("connection refused"));
    await expect(silent.client.get("/tags")).rejects.toMatchObject({
      code: "GAMMA_FAILED",
      message: "Gamma cannot be reached at http://gamma/tags: connection refused",
    });
    expect(silent.urls).toHaveLength(5);
  });

  test.each([
    [
      { status: 422, text: '{"type":"validation error","error":"slug is invalid"}' },
      /422: slug is/,
    ],
    [{ status: 403, text: "<html>" }, /status 403$/],
    [{ status: 200, text: "<html>" }, /something else than JSON/],
  ])("that is refused for good is not made again: %j", async (answer, says) => {
    const gamma = new AnsweringGamma(() => answer);
    await expect(gamma.client.find("/tags")).rejects.toThrow(says);
    expect(gamma.urls).toHaveLength(1);
  });

  test("for a name that there is not finds nothing", async () => {
    const gamma = new AnsweringGamma(() => ({ status: 404, text: '{"error":"slug not found"}' }));
    expect(await gamma.client.find("/tags/slug/x")).toBeUndefined();
    await expect(gamma.client.get("/tags/slug/x")).rejects.toThrow("404: slug not found");
  });

  test("of many ids does not fill the error with them", async () => {
    const gamma = new AnsweringGamma(() => ({ status: 403, text: "" }));
    const error = await gamma.client
      .get("/x", { id: Array(99).fill("7".repeat(77)) })
      .catch(String);
    expect(String(error).length).toBeLessThan(300);
  });
});
