import { join } from "node:path";
import { systemFs } from "../../src/ports/fs.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { FS_CALLS, prepareFsCall } from "./fs-calls.ts";
import type { FsUnderTest } from "./fs-contract.ts";

/** Real disks for the contract of `Fs`, and how they are made to fail. */

/** A folder of the disk. */
export async function realDisk(): Promise<FsUnderTest> {
  const folder = temporaryFolder();
  return {
    fs: systemFs,
    root: folder.path,
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  };
}

/** A file system in memory of `bytes`. */
export async function smallDisk(bytes: number): Promise<FsUnderTest> {
  const folder = temporaryFolder();
  await output(["mount", "-t", "tmpfs", "-o", `size=${bytes}`, "polybot-test", folder.path]);
  return {
    fs: systemFs,
    root: folder.path,
    async [Symbol.asyncDispose]() {
      await output(["umount", folder.path]);
      folder[Symbol.dispose]();
    },
  };
}

/** Whether a tool does on this machine what a test wants of it; prints why not. */
export async function isPossible(what: string, attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    console.log(`SKIPPED: ${what}: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

/** What a command prints; throws with its complaint if it fails or is not there. */
export async function output(command: readonly string[]): Promise<string> {
  const process = Bun.spawn([...command], { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr] = await Promise.all([
    new Response(process.stdout).text(),
    new Response(process.stderr).text(),
  ]);
  if ((await process.exited) !== 0) throw new Error(`${command[0]} failed: ${stdout}${stderr}`);
  return stdout;
}

/** How a call fails, made in another process, that the system refuses with `code`. */
export async function refusedByStrace(
  { root }: FsUnderTest,
  call: string,
  code: string,
): Promise<string> {
  const { systemCall } = FS_CALLS[call]!;
  await prepareFsCall(systemFs, root);
  const paths = ["", "file", "new", "empty"].flatMap((name) => ["-P", join(root, name)]);
  const inject = ["-e", `trace=${systemCall}`, "-e", `inject=${systemCall}:error=${code}`];
  const strace = ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", ...paths, ...inject];
  const script = join(import.meta.dir, "call-fs.ts");
  return output([...strace, process.execPath, script, call, root]);
}
