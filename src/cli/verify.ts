import { Store } from "../read/store.ts";
import { type Problem, verify } from "../read/verify.ts";
import { command, EXIT } from "./command.ts";
import { bytesText } from "./format.ts";
import { Output } from "./output.ts";
import { storeArgument } from "./store-argument.ts";

export const verifyCommand = command({
  summary: "Check every byte of a store, a token or a session",
  details: `Every checksum, number, index and count is checked, and every stored hash against the
evidence of its block. Nothing is changed. A session without an end is open, not damaged.`,
  examples: ["polybot verify ./data", "polybot verify ./data --json"],
  args: {
    store: storeArgument,
    json: { type: "boolean", default: false, description: "one JSON object" },
  },
  async run({ store, json }) {
    const result = await verify(await new Store(store).sessions());
    const { sessions, open, segments, blocks, updates, bytes, damaged, hashes } = result;
    const output = new Output();
    if (json) {
      await output.line(JSON.stringify(result));
    } else {
      for (const problem of result.problems) await output.line(problemText(problem));
      await output.line(
        `${sessions} sessions (${open} open), ${segments} segments, ${blocks} blocks, ${updates} updates, ${bytesText(bytes)}`,
      );
      await output.line(`${hashes.literal} hashes as the venue sent them`);
      await output.line(damaged === 0 ? "no damage" : `${damaged} damaged places`);
    }
    await output.flush();
    return damaged === 0 ? EXIT.ok : EXIT.loss;
  },
});

function problemText({ file, offset, block, reason, ...lost }: Problem): string {
  const place = [
    offset === null ? "" : ` at byte ${offset}`,
    block === null ? "" : `, block ${block}`,
  ].join("");
  const { first_sequence: first, last_sequence: last } = lost;
  const updates = first === null ? "" : `; updates ${first} to ${last} are lost`;
  return `damaged: ${file}${place}: ${reason}${updates}`;
}
