// How much of each token's time is proven: bun examples/coverage.ts ./data
import { Store, sumSpans } from "polybot";

const [path = "./data"] = process.argv.slice(2);
const store = await Store.open(path);
for await (const { token_id, slug, from_us, to_us, spans } of store.coverage()) {
  const { verified_us, gaps } = sumSpans(spans);
  const percent = ((100 * verified_us) / (to_us - from_us)).toFixed(3);
  console.log(`${slug || token_id}: ${percent} % verified, ${gaps} gaps`);
}
