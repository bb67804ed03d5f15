import { describe, expect, test } from "bun:test";
import { parseFaults } from "../../src/exchange/faults/fault-spec.ts";
import { VirtualRecording } from "./virtual-recording.ts";

/** Eight tokens on four sockets, steadily quoted. */
const OPTIONS = { markets: 4, rate: 60, seed: 1, tokensPerSocket: 2 };
const WARM_UP_MS = 20_000;
const MINUTE = 60_000;

function addFault({ venue }: VirtualRecording, text: string): void {
  for (const spec of parseFaults(text)) venue.exchange.addFault(spec);
}

/** All that is told of sockets, but that they are back. */
function told(recording: VirtualRecording): string[] {
  return ["disconnect", "stall", "silent", "no-snapshot"].flatMap((kind) =>
    recording.notesOf(kind).map(({ cause }) => `${kind}: ${cause}`),
  );
}

/** Tokens whose book no hash proves. */
function unproven({ venue, proven }: VirtualRecording): string[] {
  return venue.tokenIds.filter((tokenId) => !proven.includes(tokenId));
}

/** What a fault of one of several sockets does after a while. */
describe.each([
  ["close-1013", 5_000, /^disconnect: closed with 1013 slow consumer: send buffer full$/],
  ["drop", 5_000, /^disconnect: closed with 1006$/],
  ["half-open", 50_000, /^stall: silent for \d\d s$/],
  ["stall-socket", 140_000, /^silent: nothing of its tokens for 12\d s$/],
])("%s", (kind, ms, note) => {
  test("interrupts the tokens of its socket only, and they are back", async () => {
    await using recording = await VirtualRecording.start(OPTIONS);
    // So that silence is unusual.
    await recording.run(MINUTE);
    const { venue, openings, recorder } = recording;
    const fromUs = venue.clock.nowUs();
    addFault(recording, `${kind},socket=2`);
    await recording.run(ms);
    expect(told(recording)).toEqual([expect.stringMatching(note)]);
    expect([...openings.values()].toSorted()).toEqual([1, 1, 1, 1, 1, 1, 2, 2]);
    const [back] = recording.notesOf("reconnect");
    expect(Math.abs(back!.from_us - fromUs)).toBeLessThan(1_000_000);
    expect(unproven(recording)).toEqual([]);
    const lost = kind === "stall-socket" ? 0 : 1;
    expect(recorder.summary()).toMatchObject({ disconnects: lost, reconnects: 1, suspect: 0 });
    expect(recording.writer.sockets).toHaveLength(4);
    expect((await recording.verify()).problems).toEqual([]);
  });
});

describe("a subscription that goes wrong", () => {
  test("with 1008 is tried again later, and the other sockets are not touched", async () => {
    await using recording = await VirtualRecording.start({
      ...OPTIONS,
      faults: parseFaults("close-1008,at=0s"),
    });
    await recording.run(10_000);
    expect(recording.openings.size).toBe(6);
    expect(told(recording)).toEqual(["disconnect: closed with 1008 invalid subscription payload"]);
    await recording.run(40_000);
    expect([...recording.openings.values()]).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(recording.recorder.summary()).toMatchObject({ disconnects: 0, reconnects: 1 });
  });

  test("with INVALID OPERATION is made good on another socket, and the answer is kept", async () => {
    const markets = 75;
    await using recording = await VirtualRecording.start({
      markets,
      rate: 10,
      seed: 1,
      faults: parseFaults("invalid-operation,at=0s"),
    });
    await recording.run(9_000);
    expect(recording.openings.size).toBe(100);
    await recording.run(15_000);
    expect(recording.openings.size).toBe(2 * markets);
    expect([...recording.openings.values()].every((count) => count === 1)).toBe(true);
    expect(told(recording)).toEqual(["no-snapshot: 50 opening books have not come"]);
    expect(recording.recorder.summary()).toMatchObject({ sockets: 2, disconnects: 0 });
    const raw = (await recording.stored()).filter(({ update_type }) => update_type === "raw");
    expect(raw.map(({ token_id, data }) => [token_id, data.text])).toEqual([
      ["", "INVALID OPERATION"],
    ]);
  });

  test("in endless silence has its socket replaced", async () => {
    await using recording = await VirtualRecording.start({
      ...OPTIONS,
      faults: parseFaults("stall-socket,socket=3"),
      delayMs: 0,
    });
    addFault(recording, "stall-socket,socket=3");
    await recording.run(25_000);
    expect(told(recording)).toEqual(["no-snapshot: 2 opening books have not come"]);
    expect(recording.openings.size).toBe(8);
    expect(recording.writer.sockets).toHaveLength(4);
    expect(recording.recorder.summary()).toMatchObject({ connects: 5, reconnects: 1 });
  });

  test("beyond the venue's ceiling of books is made good on another socket", async () => {
    await using recording = await VirtualRecording.start({
      markets: 30,
      rate: 10,
      seed: 1,
      bookCeiling: 40,
    });
    await recording.run(9_000);
    expect(recording.openings.size).toBe(40);
    await recording.run(15_000);
    expect(recording.recorder.summary().books).toBe(60);
    expect(recording.writer.sockets).toHaveLength(2);
  });
});

describe("a token that gets no book", () => {
  test.each([1, 2, 3])("is asked for until it has one, seed %d", async (seed) => {
    await using recording = await VirtualRecording.start({
      ...OPTIONS,
      markets: 20,
      rate: 2,
      seed,
      faults: parseFaults("missing-book,p=0.4"),
    });
    await recording.run(10 * MINUTE, 5_000);
    expect(recording.notesOf("no-snapshot").length).toBeGreaterThan(3);
    expect(recording.recorder.summary()).toMatchObject({ books: 40, disconnects: 0 });
    // What its neighbours say goes on.
    expect([...recording.openings.values()].filter((count) => count > 1)).toEqual([]);
  });

  test("and of which REST has none either is told of once, in a warning and a note", async () => {
    await using recording = await VirtualRecording.start({
      ...OPTIONS,
      rate: 4,
      unknownTokens: ["777"],
    });
    await recording.run(40 * MINUTE, 5_000);
    const warnings = recording.warnings.filter((text) => text.includes("777"));
    expect(warnings).toHaveLength(1);
    expect(told(recording)).toEqual([
      "no-snapshot: 1 opening books have not come",
      "no-snapshot: token 777: no book, settled or unknown",
    ]);
    expect(recording.recorder.summary()).toMatchObject({ tokens: 9, books: 8, sockets: 5 });
  });
});

test("a restart of the venue is a loss of every socket, and nothing more", async () => {
  await using recording = await VirtualRecording.start({ ...OPTIONS, markets: 10 });
  await recording.run(WARM_UP_MS);
  addFault(recording, "restart,for=20s");
  await recording.run(MINUTE);
  expect(recording.writer.sockets).toHaveLength(10);
  expect([...recording.openings.values()].every((count) => count === 2)).toBe(true);
  expect(recording.recorder.summary()).toMatchObject({ disconnects: 10, reconnects: 10 });
  expect(unproven(recording)).toEqual([]);
  // One line for each socket, and one that says that nobody can connect.
  expect(recording.warnings.filter((text) => text.includes("cannot connect"))).toHaveLength(1);
});
