import { Store } from "../read/store.ts";
import { type HashCounts, type Problem, verify } from "../read/verify.ts";
import { command, EXIT } from "./command.ts";
import { bytesText } from "./format.ts";
import { Output } from "./output.ts";
import { storeArgument } from "./store-argument.ts";

export const verifyCommand = command({
  summary: "Check every byte of a store, a token or a session",
  details: `Every checksum, number, index and count is checked, and every hash of the venue: most are
not stored but made again from the books, and must be those that the block has the evidence of. A
hash proves the whole book at its moment, not each change before it; trades are not proven.
Nothing is changed. A session without an end is open, not damaged.`,
  examples: ["polybot verify ./data", "polybot verify ./data --json"],
  args: {
    store: storeArgument,
    "prove-stored": {
      type: "boolean",
      default: false,
      description: "also judge hashes that were stored unproven, by all recipes known today",
    },
    json: { type: "boolean", default: false, description: "one JSON object" },
  },
  async run({ store, json, "prove-stored": proveStored }) {
    const result = await verify(await new Store(store).sessions(), { proveStored });
    const { sessions, open, segments, blocks, updates, bytes, damaged, hashes } = result;
    const output = new Output();
    if (json) {
      await output.line(JSON.stringify(result));
    } else {
      for (const problem of result.problems) await output.line(problemText(problem));
      await output.line(
        `${sessions} sessions (${open} open), ${segments} segments, ${blocks} blocks, ${updates} updates, ${bytesText(bytes)}`,
      );
      await output.line(hashesText(hashes));
      await output.line(damaged === 0 ? "no damage" : `${damaged} damaged places`);
    }
    await output.flush();
    return damaged === 0 ? EXIT.ok : EXIT.loss;
  },
});

function hashesText({ checked, matched, literal, failed }: HashCounts): string {
  const made = `${checked} hashes made again from the books, ${matched} matched`;
  return `${made}; ${literal} only as the venue sent them; ${failed} contradicted`;
}

function problemText({ file, offset, block, reason, ...lost }: Problem): string {
  const place = [
    offset === null ? "" : ` at byte ${offset}`,
    block === null ? "" : `, block ${block}`,
  ].join("");
  const { first_sequence: first, last_sequence: last } = lost;
  const updates = first === null ? "" : `; updates ${first} to ${last}`;
  return `damaged: ${file}${place}: ${reason}${updates}`;
}
