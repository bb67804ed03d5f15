import { expect, test } from "bun:test";
import { join } from "node:path";
import { errorCode, systemFs } from "../../src/ports/fs.ts";
import type { FaultKind } from "./disk-faults.ts";
import { FS_CALLS, prepareFsCall } from "./fs-calls.ts";
import { describeFs, type FsUnderTest } from "./fs-contract.ts";
import { isPossible, output, realDisk, refusedByStrace, smallDisk } from "./real-disk.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const FULL_BYTES = 65_536;

/** No multiple of the sizes that disks like. */
const FILE_BYTES_MAX = 100_100;

const isTraced = await isPossible("refusals by strace", () =>
  output(["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "true"]),
);
describeFs("the real disk", realDisk, isTraced ? { refused: refusedByStrace } : {});

const isMountable = await isPossible("a small disk", async () => {
  await using _ = await smallDisk(FULL_BYTES);
});
if (isMountable) {
  describeFs("a small disk", () => smallDisk(FULL_BYTES), {
    full: { bytes: FULL_BYTES, code: "ENOSPC" },
  });
}

const isLimitable = await isPossible("a limit to files", () =>
  output(["prlimit", `--fsize=${FILE_BYTES_MAX}`, "true"]),
);
test.skipIf(!isLimitable)("the contract holds under a limit to the size of files", async () => {
  const tests = join(import.meta.dir, "limited-file-size.ts");
  const limited = ["prlimit", `--fsize=${FILE_BYTES_MAX}`, process.execPath, "test", tests];
  const child = Bun.spawn(limited, {
    env: { ...process.env, FILE_BYTES_MAX: String(FILE_BYTES_MAX) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(await new Response(child.stderr).text()).toContain(" 0 fail");
  expect(await child.exited).toBe(0);
});

test("a full device takes nothing", async () => {
  const file = await systemFs.reopen("/dev/full");
  const error = await file.write(new Uint8Array(1), 0).catch((cause: unknown) => cause);
  await file.close();
  expect(errorCode(error)).toBe("ENOSPC");
});

describeFs("the simulated disk", () => simulated(), { refused: refusedBySimulation });

describeFs("a small simulated disk", () => simulated(FULL_BYTES), {
  full: { bytes: FULL_BYTES, code: "ENOSPC" },
});

interface Simulated extends FsUnderTest {
  readonly fs: SimulatedDisk;
}

async function simulated(capacityBytes = Number.POSITIVE_INFINITY): Promise<Simulated> {
  const fs = new SimulatedDisk();
  fs.capacityBytes = capacityBytes;
  await fs.makeFolder("/folder");
  return { fs, root: "/folder", [Symbol.asyncDispose]: async () => {} };
}

async function refusedBySimulation(
  { fs, root }: Simulated,
  call: string,
  code: string,
): Promise<string> {
  await prepareFsCall(fs, root);
  const { run, opens } = FS_CALLS[call]!;
  fs.fault = { kind: code as FaultKind, at: fs.operations + (opens ? 1 : 0), forever: false };
  try {
    await run(fs, root);
    return "";
  } catch (error) {
    return errorCode(error);
  }
}
