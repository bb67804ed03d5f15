import { errorCode, systemFs } from "../../src/ports/fs.ts";
import { FS_CALLS } from "./fs-calls.ts";

/** Makes one call of the real file system, in a process of its own, and prints how it failed. */

const [call = "", folder = ""] = process.argv.slice(2);
try {
  await FS_CALLS[call]!.run(systemFs, folder);
} catch (error) {
  process.stdout.write(errorCode(error));
}
// Open files that are collected first end a process too.
process.exit(0);
