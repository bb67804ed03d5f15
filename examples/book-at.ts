// The book of a token at a moment: bun examples/book-at.ts ./data <token-id> 2026-11-22T13:00:00Z
import { quoteOf, Store } from "polybot";

const [path = "./data", token = "", time = ""] = process.argv.slice(2);
const store = await Store.open(path);
const book = await store.bookAt({ token, time });
if (book === undefined) {
  console.log("not recorded then");
} else {
  const { best_bid, best_ask, mid } = quoteOf(book);
  console.log(`${best_bid} / ${best_ask}, mid ${mid}, hash ${book.hash ?? "none"} ${book.verdict}`);
  // Prices and sizes are the venue's own texts; the best level comes first.
  for (const [price, size] of book.bids.slice(0, 3)) console.log(`  bid ${price}  ${size}`);
}
