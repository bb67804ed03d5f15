// What is being recorded, as it comes: bun examples/follow.ts ./data <token-id>
import { Store } from "polybot";

const [path = "./data", token = ""] = process.argv.slice(2);
const store = await Store.open(path);
const session = (await store.sessions({ token })).at(-1);
if (session === undefined) throw new Error(`${path} has no session of ${token}`);
// Ends with the session. What only the recorder's journal has so far has the verdict "pending".
for await (const update of session.follow()) {
  console.log(`${update.sequence_number}  ${update.update_type}  ${update.verdict}`);
}
