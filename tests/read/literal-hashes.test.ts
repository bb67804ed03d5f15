import { describe, expect, test } from "bun:test";
import { decode } from "../../src/polymarket/decode.ts";
import { LiteralHashes } from "../../src/read/literal-hashes.ts";
import { RecordedBlocks } from "../recorded-blocks.ts";
import { HashedMessages } from "../vectors/hashed-messages.ts";

const IMPLIED = { market: "0xm", tokenId: "1001" };
const BLOCK_MESSAGES = 3;

/** Blocks of a recorder that had no time to judge, as one that does not know the recipe. */
function unjudgedBlocks(hashed: HashedMessages) {
  const recorded = new RecordedBlocks(IMPLIED);
  recorded.book.isShedding = true;
  for (const [i, { received_us: receivedUs, text = "" }] of hashed.messages.entries()) {
    for (const { event, place } of decode(text)) {
      recorded.append(event, { receivedUs, socket: 1, place });
    }
    if (i % BLOCK_MESSAGES === 0) recorded.close();
  }
  return recorded.blocks();
}

function provenOf(hashed: HashedMessages): { readonly stored: number; readonly proven: number } {
  const blocks = unjudgedBlocks(hashed);
  const hashes = new LiteralHashes(IMPLIED);
  let stored = 0;
  for (const block of blocks) {
    stored += block.groupEnds.filter((end) => end < 0).length;
    hashes.take(block);
  }
  hashes.end();
  return { stored, proven: hashes.proven };
}

describe("hashes that were only stored", () => {
  function messages(): HashedMessages {
    const hashed = new HashedMessages();
    hashed.book({ bids: [["0.4", "10"]], asks: [["0.43", "7"]] });
    hashed.changes(["bids", "0.41", "25.5"]);
    hashed.changes(["asks", "0.43", "0"], ["asks", "0.44", "3"]);
    hashed.tradeElsewhere("0.560");
    hashed.changes(["bids", "0.41", "20"]);
    hashed.changes(["bids", "0.39", "1"]);
    return hashed;
  }

  test("prove their books when they are judged later, unannounced trades included", () => {
    const { stored, proven } = provenOf(messages());
    expect(stored).toBe(6);
    expect(proven).toBe(6);
  });

  test("prove their books without the opening one, where a block tells the recipe", () => {
    const hashed = messages();
    const recorded = new RecordedBlocks(IMPLIED);
    hashed.messages.forEach(({ received_us: receivedUs, text = "" }, i) => {
      // The third hash is judged when the next one comes, those behind it are not.
      recorded.book.isShedding = i > 4;
      if (i === 2) recorded.close();
      for (const { event, place } of decode(text)) {
        recorded.append(event, { receivedUs, socket: 1, place });
      }
    });
    const [, second] = recorded.blocks();
    expect(second!.recipe?.name).toBe("10");
    const hashes = new LiteralHashes(IMPLIED);
    hashes.take(second!);
    hashes.end();
    expect(hashes.proven).toBe(second!.groupEnds.filter((end) => end < 0).length);
    expect(hashes.proven).toBeGreaterThan(1);
  });

  test("do not prove what another price was put into", () => {
    const hashed = messages();
    const changed = hashed.messages.map((message, i) =>
      i === 1
        ? { ...message, text: message.text!.replace('"size":"25.5"', '"size":"25.6"') }
        : message,
    );
    hashed.messages.splice(0, hashed.messages.length, ...changed);
    // The book is the venue's again from the change that sets the same level on.
    expect(provenOf(hashed).proven).toBe(3);
  });
});
