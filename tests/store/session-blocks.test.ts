import { describe, expect, test } from "bun:test";
import { TokenBook } from "../../src/book/token-book.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { ownArrival } from "../../src/store/arrival.ts";
import type { SessionBlock } from "../../src/store/session-block.ts";
import { SessionBlocks, USUAL_LIMITS } from "../../src/store/session-blocks.ts";
import { TOY_IMPLIED, ToyVenue } from "../book/toy-venue.ts";

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;

/** A session's blocks on their way to the disk, and the clock that looks after them. */
function openSession(limits = USUAL_LIMITS) {
  const handedOut: number[] = [];
  const book = new TokenBook({ ...TOY_IMPLIED, maySearch: () => true });
  const finished = ({ writer }: SessionBlock) => void handedOut.push(writer.rows);
  const blocks = new SessionBlocks(TOY_IMPLIED, book, finished, { limits });
  let nowUs = 0;
  return {
    handedOut,
    blocks,
    tell(text: string) {
      for (const { event } of decode(text)) blocks.append(event, ownArrival(nowUs), nowUs);
    },
    wait(us: number) {
      const until = nowUs + us;
      for (; nowUs < until; nowUs += SECOND_US / 4) book.pass(nowUs);
    },
  };
}

describe("a closed block of a token that falls silent goes out", () => {
  test("at once, if its last hash is of its book", () => {
    const venue = new ToyVenue();
    const session = openSession();
    session.tell(venue.bookText("1000", true));
    session.tell(venue.bid("1001", "0.41", "5"));
    session.wait(10 * SECOND_US);
    session.blocks.close();
    expect(session.handedOut).toEqual([2]);
  });

  test("though its last update looks like a duplicate", () => {
    const venue = new ToyVenue();
    const session = openSession();
    session.tell(venue.bookText("1000", true));
    const text = venue.bid("1001", "0.41", "5");
    for (const told of [text, venue.bid("1002", "0.41", "6"), text]) session.tell(told);
    session.blocks.close();
    expect(session.handedOut).toEqual([]);
    session.wait(2 * SECOND_US);
    expect(session.handedOut).toEqual([4]);
  });

  test("though its last hash is of no book", () => {
    const venue = new ToyVenue();
    const session = openSession();
    session.tell(venue.bookText("1000", true));
    session.tell(venue.bid("1001", "0.41", "5").replace(/"hash":"./, '"hash":"x'));
    session.tell(
      venue.bid("1002", "0.42", "5").replace(/"hash":"[^"]*/, `"hash":"${"0".repeat(40)}`),
    );
    session.blocks.close();
    session.wait(MINUTE_US);
    expect(session.handedOut).toEqual([3]);
  });
});

test("an update that is only applied ends the block", () => {
  const venue = new ToyVenue();
  const { blocks, handedOut, tell } = openSession();
  tell(venue.bookText("1000", true));
  for (const { event } of decode(venue.bid("1001", "0.41", "5"))) blocks.apply(event, 1);
  tell(venue.bid("1002", "0.42", "5"));
  tell(venue.bid("1003", "0.43", "5"));
  blocks.flush();
  expect(handedOut).toEqual([1, 2]);
});

test("a hash that is never given up keeps a few blocks waiting, not all", () => {
  const venue = new ToyVenue();
  const session = openSession();
  session.tell(venue.bookText("1000", true));
  session.tell(venue.bid("1001", "0.41", "5").replace(/"hash":"./, '"hash":"x'));
  // Time stands still for it.
  for (let i = 0; i < 20; i++) {
    session.tell(venue.bid(String(1002 + i), "0.4", String(i + 1)));
    session.blocks.close();
  }
  expect(session.handedOut.length).toBeGreaterThan(14);
});

test("long values close a block, whatever type they come in", () => {
  const venue = new ToyVenue();
  const session = openSession();
  session.tell(venue.bookText("1000", true));
  for (let i = 0; i < 6; i++) {
    const text = venue.bid(String(1001 + i), "0.41", String(i + 1));
    session.tell(text.replace('"side"', `"unknown":"${String(i).repeat(40_000)}","side"`));
  }
  session.blocks.flush();
  expect(Math.max(...session.handedOut)).toBeLessThan(4);
});

test("a block that is full takes the rest of its group, so that its hash need not be stored", () => {
  const venue = new ToyVenue();
  const { blocks, handedOut, tell } = openSession({ ...USUAL_LIMITS, rows: 2 });
  tell(venue.bookText("1000", true));
  const changes = ["1", "2", "3"].map((size) => ({ price: "0.3", size, side: "BUY" }));
  for (const change of changes) venue.apply(change);
  for (const change of changes) tell(venue.text([venue.entry(change, "1001")], "1001"));
  tell(venue.bid("1002", "0.41", "5"));
  blocks.flush();
  expect(handedOut).toEqual([4, 1]);
});

test("a full block whose last update waits for nothing goes out at once", () => {
  const venue = new ToyVenue();
  const { blocks, handedOut, tell } = openSession({ ...USUAL_LIMITS, rows: 3 });
  tell(venue.bookText("1000", true));
  for (const size of ["5", "6"]) {
    tell(venue.bid("1001", "0.41", size).replace(/"hash":"[0-9a-f]*"/, '"hash":""'));
  }
  expect(handedOut).toEqual([3]);
  expect(blocks.openRows > 0).toBe(false);
});
