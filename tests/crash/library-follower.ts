import { updateLine } from "../../src/cli/update-text.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";

/** Follows each session of a store by a reader of its own, and prints its updates. */

const LOOK_MS = 200;

const [path = "."] = process.argv.slice(2);
const followed = new Set<string>();
for (;;) {
  for (const session of await new Store(path).folders()) {
    if (followed.has(session.path)) continue;
    followed.add(session.path);
    void (async () => {
      for await (const update of new SessionReader(session).follow()) {
        process.stdout.write(`${updateLine(update)}\n`);
      }
    })();
  }
  await Bun.sleep(LOOK_MS);
}
