import { expect, test } from "bun:test";
import { CAPTURES_VARIABLE, readCaptures } from "../captures.ts";
import { expectedOf } from "../expected-updates.ts";
import { expectRoundTrip } from "./round-trip.ts";

const captures = readCaptures();

test("every captured message comes back from cat with every field equal", async () => {
  if (captures === undefined) {
    console.log(`${CAPTURES_VARIABLE} is not set: no captures are served`);
    return;
  }
  // Captures reuse tokens in other forms and with other markets: one store each.
  for (const { name, messages } of captures) {
    const tokenIds = new Set(messages.flatMap(expectedOf).flatMap(({ tokenIds }) => tokenIds));
    // A recorder wants a token even where the capture names none.
    const sessions = await expectRoundTrip(messages, tokenIds.size > 0 ? [...tokenIds] : ["1"]);
    expect([name, sessions.length > 0]).toEqual([name, true]);
  }
});
