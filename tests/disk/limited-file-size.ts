import { describeFs } from "./fs-contract.ts";
import { realDisk } from "./real-disk.ts";

/** The contract in a process whose files may not get longer than this. */

const bytes = Number(process.env.FILE_BYTES_MAX);

describeFs("the real disk with a limit to files", realDisk, { full: { bytes, code: "EFBIG" } });
