import type { SessionFolder } from "../read/session-folder.ts";
import { Store } from "../read/store.ts";
import type { HashCounts, Problem } from "../read/verification.ts";
import { verify } from "../read/verify.ts";
import { basePathOf } from "../store/paths.ts";
import { livingRecorders } from "../store/recorder-lock.ts";
import { command, EXIT } from "./command.ts";
import { bytesText } from "./format.ts";
import { Output } from "./output.ts";
import { storeArgument } from "./store-argument.ts";

export const verifyCommand = command({
  summary: "Check every byte of a store, a token or a session",
  details: `Every checksum, number, index and count is checked, and every hash of the venue: most are
not stored but made again from the books, and must be those that the block has the evidence of. A
hash proves the whole book at its moment, not each change before it; trades are not proven.
Nothing is changed. A session without an end is open, not damaged; where its recorder has died,
polybot repair gives it one. If a single bit explains a failed checksum, that bit is named.`,
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
    const source = new Store(store);
    const found = await source.folders();
    const tombstones = await source.tombstones();
    const result = await verify(found, { proveStored, living: livingOf(found), tombstones });
    const { sessions, open, crashed, segments, blocks, updates, bytes, damaged, lost } = result;
    const output = new Output();
    if (json) {
      await output.line(JSON.stringify(result));
    } else {
      for (const problem of result.problems) await output.line(problemText(problem));
      const died = crashed === 0 ? "" : `, ${crashed} of a recorder that died`;
      await output.line(
        `${sessions} sessions (${open} open${died}), ${segments} segments, ${blocks} blocks, ${updates} updates, ${bytesText(bytes)}`,
      );
      await output.line(hashesText(result.hashes));
      if (lost > 0) await output.line(`${lost} updates were lost before, as repair notes tell`);
      if (result.pruned > 0) await output.line(`${result.pruned} sessions were pruned`);
      await output.line(damaged === 0 ? "no damage" : `${damaged} damaged places`);
    }
    await output.flush();
    return damaged === 0 ? EXIT.ok : EXIT.loss;
  },
});

/** The living recorders of the stores that sessions lie in, asked before anything is read. */
function livingOf(sessions: readonly SessionFolder[]): ReadonlySet<string> {
  const basePaths = new Set(sessions.map(({ path }) => basePathOf(path)));
  return new Set([...basePaths].flatMap((path) => (path ? livingRecorders(path) : [])));
}

function hashesText({ checked, matched, literal, failed }: HashCounts): string {
  const made = `${checked} hashes made again from the books, ${matched} matched`;
  return `${made}; ${literal} only as the venue sent them; ${failed} contradicted`;
}

function problemText({
  file,
  offset,
  block,
  reason,
  flipped_bit: flipped,
  ...lost
}: Problem): string {
  const place = [
    offset === null ? "" : ` at byte ${offset}`,
    block === null ? "" : `, block ${block}`,
  ].join("");
  const { first_sequence: first, last_sequence: last } = lost;
  const updates = first === null ? "" : `; updates ${first} to ${last}`;
  const bit =
    flipped === null ? "" : `; only bit ${flipped.bit} of byte ${flipped.offset} is wrong`;
  return `damaged: ${file}${place}: ${reason}${updates}${bit}`;
}
