// The venue's messages as they came, over all tokens of a market: bun examples/messages.ts ./data <market>
import { Store } from "polybot";

const [path = "./data", market = ""] = process.argv.slice(2);
const store = await Store.open(path);
for await (const item of store.merge({ market })) {
  if (item.kind === "message") console.log(item.text);
  else if (item.kind === "gap") console.error(`gap from ${item.from_us}: ${item.cause}`);
}
