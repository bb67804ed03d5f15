import { describe, expect, test } from "bun:test";
import { odditiesTimes } from "../../../src/exchange/market/oddities.ts";
import type { WireBook, WirePriceChange } from "../../../src/polymarket/messages.ts";
import {
  bookTokensOf,
  elementsOf,
  elementsOfAll,
  entryName,
  isAbout,
  isPriceChange,
} from "../channel/elements.ts";
import type { VirtualExchange } from "../virtual-exchange.ts";
import { addFaults, textsAfter, venueWith } from "./faulty-venue.ts";
import { faultLines } from "./truth-log.ts";

const SECOND = 1_000;
/** What a text becomes does not depend on its way. */
const AT_ONCE = { delayMs: 0, oddities: 0 };

/** What the one client of a venue hears in half a minute, PONG at its end. */
function heardFrom(venue: VirtualExchange) {
  const client = venue.subscribe();
  venue.run(30 * SECOND);
  client.send("PING");
  return client;
}

/** What the client hears without faults. */
const plain = heardFrom(venueWith("", AT_ONCE));

describe("lost-entry", () => {
  test("leaves one entry out of a price change, of one at a time", () => {
    const clean = plain.texts;
    const { texts } = heardFrom(venueWith("lost-entry,at=5s", AT_ONCE));
    const differing = texts.flatMap((text, index) => (text === clean[index] ? [] : [index]));
    expect(texts).toHaveLength(clean.length);
    expect(differing).toHaveLength(1);
    const [index = 0] = differing;
    const [spoilt] = elementsOf(texts[index] ?? "").filter(isPriceChange);
    const [original] = elementsOf(clean[index] ?? "").filter(isPriceChange);
    expect(original?.price_changes).toHaveLength(2);
    expect(spoilt?.price_changes).toHaveLength(1);
    expect(original?.price_changes).toContainEqual(spoilt?.price_changes[0] as never);
    expect({ ...spoilt, price_changes: [] }).toEqual({ ...original, price_changes: [] } as never);
  });

  test("takes either token's entries, or those of the token that it names", () => {
    const lostTokens = (selection: string) => {
      const venue = venueWith("", { ...AT_ONCE, markets: 1 });
      const [yes = "", no = ""] = venue.tokenIds;
      addFaults(venue, `lost-entry,p=0.5,${selection.replace("NO", no)}`.replace(/,$/, ""));
      const client = heardFrom(venue);
      const names = new Set(
        elementsOfAll(client.texts)
          .filter(isPriceChange)
          .flatMap((change) => change.price_changes.map((entry) => entryName(change, entry))),
      );
      const lost = faultLines(venue.log, "lost-entry").map(({ text = "" }) => {
        const [change] = elementsOf(text) as [WirePriceChange];
        const missing = change.price_changes.filter(
          (entry) => !names.has(entryName(change, entry)),
        );
        expect(missing).toHaveLength(1);
        return missing[0]?.asset_id === yes ? "yes" : "no";
      });
      expect(lost.length).toBeGreaterThan(50);
      return lost.filter((token) => token === "no").length / lost.length;
    };
    const share = lostTokens("");
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.7);
    expect(lostTokens("token=NO")).toBe(1);
  });

  test("waits for a text that has entries", () => {
    const venue = venueWith("lost-entry", AT_ONCE);
    const { texts } = heardFrom(venue);
    const [, ...clean] = plain.texts;
    const index = texts.slice(1).findIndex((text, place) => text !== clean[place]);
    const [line] = faultLines(venue.log);
    expect(line?.text).toBe(clean[index] ?? "");
    expect(clean.findIndex((text) => text.includes("price_changes"))).toBe(index);
  });

  test("finds the named token's entry in an array, too, and leaves other texts alone", () => {
    const entry = (asset_id: string) => ({ asset_id, price: "0.5" });
    const change = (...tokens: string[]) => ({ price_changes: tokens.map(entry) });
    const messages = [
      "price_changes",
      '{"price_changes":"x"}',
      '[null,{"price_changes":null},"\\"price_changes\\""]',
      '{"price_changes":[]}',
      '{"price_changes":[{"asset_id":"1"}]}',
      '{"price_changes": [ {"asset_id":"1"} , {"asset_id":"2"} ], "more":1.0}',
      JSON.stringify([change("1", "2"), change("3", "4")]),
      JSON.stringify([change("1"), { asset_id: "2", changes: [{ price: "0.5" }] }]),
    ];
    const venue = venueWith("lost-entry,p=1", { messages });
    const client = venue.subscribe([]);
    const whole = [...messages.slice(0, 5), ...messages.slice(7)];
    expect([...client.texts.slice(0, 5), ...client.texts.slice(7)]).toEqual(whole);
    const lost = client.texts.slice(5, 7).map((text) => JSON.stringify(JSON.parse(text)));
    expect(lost[0]).toMatch(/^{"price_changes":\[{"asset_id":"[12]"}\],"more":1}$/);
    expect(lost[1]?.match(/asset_id/g)).toHaveLength(3);
    expect(faultLines(venue.log).map(({ text }) => text)).toEqual(messages.slice(5, 7));
  });

  test("never takes the only entry of a change, in an array neither", () => {
    const changes = [["1", "2"], ["3"]].map((tokens) => ({
      price_changes: tokens.map((asset_id) => ({ asset_id })),
    }));
    const messages = Array.from({ length: 20 }, () => JSON.stringify(changes));
    const client = venueWith("lost-entry,p=1", { messages }).subscribe([]);
    const kept = client.texts.map((text) => text.match(/"\d"/g)?.join(""));
    expect(new Set(kept)).toEqual(new Set(['"1""3"', '"2""3"']));
  });

  test("knows the price changes of late 2024", () => {
    const options = { ...AT_ONCE, recipe: "6", markets: 1, rate: 40 } as const;
    const venue = venueWith("lost-entry,p=1", options);
    venue.exchange.conditions.oddities = { ...odditiesTimes(0), sharedHash: 1 };
    const client = venue.subscribe();
    venue.run(30 * SECOND);
    const told = faultLines(venue.log, "lost-entry");
    expect(told.length).toBeGreaterThan(5);
    const countOf = (text: string) => text.split('"side"').length - 1;
    for (const { text = "" } of told) {
      const [, before] = /"hash":"([0-9a-f]+)"/.exec(text) ?? [];
      const sent = client.texts.find((other) => other.includes(`"${before}"`)) ?? "";
      expect(countOf(sent)).toBe(countOf(text) - 1);
      expect(sent).not.toContain("[]");
    }
  });
});

describe("malformed", () => {
  test("sends the first half of a text, of data only", () => {
    const clean = plain.texts;
    const venue = venueWith("malformed,p=0.3", AT_ONCE);
    const { texts } = heardFrom(venue);
    expect(texts).toHaveLength(clean.length);
    expect(texts.at(-1)).toBe("PONG");
    const cut = texts.flatMap((text, index) => (text === clean[index] ? [] : [index]));
    expect(cut.length / texts.length).toBeGreaterThan(0.2);
    expect(cut.length / texts.length).toBeLessThan(0.4);
    for (const index of cut) {
      const whole = clean[index] ?? "";
      expect(texts[index]).toBe(whole.slice(0, whole.length / 2));
      expect(() => JSON.parse(texts[index] ?? "")).toThrow();
    }
    expect(faultLines(venue.log, "malformed").map(({ text }) => text)).toEqual(
      cut.map((index) => clean[index]),
    );
  });

  test("never spoils what the protocol itself replies", () => {
    const venue = venueWith("malformed,p=1,delay,p=1,reorder,p=1", { ...AT_ONCE, rate: 0 });
    const client = venue.connect();
    client.send({ assets_ids: [], type: "market" });
    for (const text of ["PING", "nonsense"]) client.send(text);
    expect(client.texts).toEqual(["PONG", "INVALID OPERATION"]);
  });

  test("strikes the texts of one socket, and of one token", () => {
    const venue = venueWith("", AT_ONCE);
    const [yes = ""] = venue.tokenIds;
    addFaults(venue, `malformed,p=1,socket=2,token=${yes}`);
    const clients = [venue.subscribe(), venue.subscribe()];
    venue.run(20 * SECOND);
    expect(() => clients[0]?.texts.map((text) => JSON.parse(text))).not.toThrow();
    for (const text of clients[1]?.texts ?? []) {
      const isWhole = text.endsWith("}") || text.endsWith("\n");
      if (isWhole) expect(text.startsWith("[") || !isAbout(text, [yes])).toBe(true);
    }
    const told = faultLines(venue.log, "malformed");
    expect(told.length).toBeGreaterThan(20);
    expect(told.every(({ socket, text = "" }) => socket === 2 && isAbout(text, [yes]))).toBe(true);
  });
});

describe("reorder", () => {
  test("sends a text right after the one that follows it", () => {
    const clean = plain.texts;
    const venue = venueWith("reorder,at=5s", AT_ONCE);
    const client = heardFrom(venue);
    const index = client.texts.findIndex((text, place) => text !== clean[place]);
    expect(client.times[index]).toBeGreaterThan(5 * SECOND);
    const expected = [...clean];
    expected.splice(index, 2, clean[index + 1] ?? "", clean[index] ?? "");
    expect(client.texts).toEqual(expected);
    expect(client.times[index]).toBe(client.times[index + 1] ?? 0);
    expect(faultLines(venue.log).map(({ fault, text }) => [fault, text])).toEqual([
      ["reorder", clean[index]],
    ]);
  });

  test("holds one text at a time, so that no text comes more than one place late", () => {
    const clean = plain.texts;
    const venue = venueWith("reorder,p=0.5", AT_ONCE);
    const { texts } = heardFrom(venue);
    expect(texts.toSorted()).toEqual(clean.toSorted());
    const moved = texts.filter((text, index) => text !== clean[index]).length;
    expect(moved).toBeGreaterThan(clean.length / 4);
    for (const [index, text] of texts.entries()) {
      expect(clean.slice(Math.max(0, index - 1), index + 2)).toContain(text);
    }
  });

  test("waits a second at most, or until a PONG passes", () => {
    const options = { ...AT_ONCE, rate: 0 };
    const alone = venueWith("reorder", options).subscribe();
    const quiet = venueWith("reorder", options);
    const lonely = quiet.subscribe();
    quiet.run(999);
    expect(lonely.texts).toEqual([]);
    quiet.run(1);
    expect(lonely.texts).toHaveLength(1);
    expect(lonely.times).toEqual([SECOND]);
    alone.send("PING");
    expect(alone.texts.map((text) => text.slice(0, 1))).toEqual(["P", "["]);
  });
});

describe("delay", () => {
  test("holds a text and all behind it for two seconds, then they come in order", () => {
    const clean = plain;
    const venue = venueWith("delay,at=5s", AT_ONCE);
    const client = heardFrom(venue);
    expect(client.texts).toEqual(clean.texts);
    const index = client.times.findIndex((ms, place) => ms !== clean.times[place]);
    const heldUntilMs = (clean.times[index] ?? 0) + 2 * SECOND;
    expect(clean.times[index]).toBeGreaterThan(5 * SECOND);
    for (const [place, ms] of client.times.entries()) {
      const wanted =
        place < index ? clean.times[place] : Math.max(clean.times[place] ?? 0, heldUntilMs);
      expect(ms).toBeCloseTo(wanted ?? 0, 2);
    }
    expect(faultLines(venue.log).map(({ fault, text }) => [fault, text])).toEqual([
      ["delay", clean.texts[index]],
    ]);
  });

  test("lasts as long as it is told, and never lets a text overtake another", () => {
    const clean = heardFrom(venueWith("", { oddities: 0, delayMs: 300 }));
    for (const fault of ["delay,p=0.3,ms=1", "delay,p=0.1,ms=900,slow-reader,at=3s,for=2s"]) {
      const client = heardFrom(venueWith(fault, { oddities: 0, delayMs: 300 }));
      expect(client.times).toEqual(client.times.toSorted((a, b) => a - b));
      expect(client.texts).toEqual(clean.texts.slice(0, client.texts.length));
      expect(client.texts.length).toBeGreaterThan(100);
    }
    const quiet = venueWith("delay,ms=7s", { ...AT_ONCE, rate: 0 });
    // What is said in the very moment in which the text comes is said behind it.
    quiet.exchange.agenda.after(7 * SECOND, () => {
      const [known] = quiet.exchange.clients;
      known?.line.say({ text: "behind", tokenIds: [], isData: true });
    });
    const client = quiet.subscribe();
    quiet.run(10 * SECOND);
    expect(client.times).toEqual([7 * SECOND, 7 * SECOND]);
    expect(client.texts[1]).toBe("behind");
  });
});

describe("missing-book", () => {
  test("leaves a token out of the books, while its changes come", () => {
    const venue = venueWith("missing-book", AT_ONCE);
    const client = venue.subscribe();
    venue.run(20 * SECOND);
    const [first = "", ...others] = venue.tokenIds;
    expect(bookTokensOf(client.texts[0])).toEqual(others);
    expect(client.texts.slice(1).some((text) => text.includes(first))).toBe(true);
    const [line, ...more] = faultLines(venue.log);
    expect(more).toEqual([]);
    expect(line).toMatchObject({ socket: 1, fault: "missing-book" });
    const clean = venueWith("", AT_ONCE).subscribe();
    const [book] = elementsOf(clean.texts[0] ?? "") as [WireBook];
    expect(JSON.parse(line?.text ?? "")).toEqual(book);
    // Subscribing again helps: the fault struck once.
    client.send({ operation: "unsubscribe", assets_ids: [first] });
    client.send({ operation: "subscribe", assets_ids: [first] });
    expect(client.texts.some((text) => text.startsWith("[") && isAbout(text, [first]))).toBe(true);
  });

  test("strikes every book it concerns when it always strikes", () => {
    const venue = venueWith("", { ...AT_ONCE, rate: 0 });
    const [yes = "", no = "", ...others] = venue.tokenIds;
    addFaults(venue, `missing-book,p=1,socket=2,missing-book,p=1,token=${no}`);
    const clients = [venue.subscribe(), venue.subscribe()];
    expect(clients.map(({ texts }) => texts.map(bookTokensOf))).toEqual([[[yes, ...others]], [[]]]);
    expect(clients[1]?.texts).toEqual(["[]\n"]);
    expect(faultLines(venue.log).map(({ socket }) => socket)).toEqual([1, 2, 2, 2, 2]);
  });

  test("changes nothing but the books", () => {
    const clean = venueWith("", { oddities: 20 });
    const venue = venueWith("missing-book,p=0.5", { oddities: 20 });
    const texts = [clean, venue].map((each) => {
      const client = each.subscribe();
      each.run(10 * SECOND);
      client.send({ operation: "unsubscribe", assets_ids: each.tokenIds });
      client.send({ operation: "subscribe", assets_ids: each.tokenIds });
      each.run(10 * SECOND);
      return client;
    });
    const isOpening = (text: string) => text.endsWith("\n");
    const [ours, theirs] = texts.map((client) => client.texts.filter((text) => !isOpening(text)));
    expect(ours).toEqual(theirs ?? []);
    expect(texts[0]?.times).toEqual(texts[1]?.times ?? []);
    const books = texts.map((client) => client.texts.filter(isOpening).flatMap(elementsOf).length);
    expect(books[0]).toBe(8);
    expect(books[1]).toBe(8 - faultLines(venue.log).length);
    expect(books[1]).toBeLessThan(8);
    expect(textsAfter(texts[0] as never, 10 * SECOND).length).toBeGreaterThan(50);
  });
});
