// Keeps a token's book while it reads: bun examples/spread.ts ./data <token-id>
import { quoteOf, RunningBook, Store } from "polybot";

const [path = "./data", token = ""] = process.argv.slice(2);
const store = await Store.open(path);
let last = "";
for (const session of await store.sessions({ token })) {
  const { market } = await session.describe();
  const book = new RunningBook({ token_id: token, market });
  for await (const update of session.updates({ types: ["book", "price_change"] })) {
    book.apply(update);
    const sides = book.sides();
    const spread = sides && quoteOf(sides).spread;
    // Only when it changes.
    if (spread === null || spread === last) continue;
    last = spread;
    console.log(`${update.received_us}  ${spread}`);
  }
}
