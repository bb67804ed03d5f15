import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { shortFiles, smallDisk } from "../crash/full-disk.ts";
import { recordThrough, type Trouble, type TroubleFigures } from "../crash/troubled-recorder.ts";
import { temporaryFolder } from "../polybot-process.ts";

/** Disks of a hundred sizes fill up, and files may not grow beyond any byte of some hundreds. */

const DISKS = 100;
const FIRST_FREE_BYTES = 300_000;
const DISK_STEP_BYTES = 12_288;
const LIMITS = 40;
const FIRST_LIMIT_BYTES = 40_000;
/** So that the limit is at another place of a chunk each time. */
const LIMIT_STEP_BYTES = 37;
const AT_ONCE = 3;

/** Opens the trouble of a case in a folder; `undefined` where the system does not let it. */
type OpenTrouble = (folder: string, number: number) => (Trouble & Disposable) | undefined;

export async function run(): Promise<string[]> {
  using folder = temporaryFolder();
  const disks = await runAll("disk", folder.path, DISKS, (own, i) =>
    smallDisk(own, FIRST_FREE_BYTES + i * DISK_STEP_BYTES),
  );
  const limits = await runAll("limit", folder.path, LIMITS, (own, i) =>
    Bun.which("prlimit") === null
      ? undefined
      : shortFiles(own, FIRST_LIMIT_BYTES + i * LIMIT_STEP_BYTES),
  );
  return [
    disks === undefined ? "SKIPPED disks: a tmpfs may not be mounted here" : text("disks", disks),
    limits === undefined
      ? "SKIPPED limits: there is no prlimit"
      : text("limits of a file's length", limits),
    "each recorder lived, told of every update that it did not store, and went on",
  ];
}

async function runAll(
  name: string,
  folder: string,
  count: number,
  open: OpenTrouble,
): Promise<TroubleFigures[] | undefined> {
  const figures: TroubleFigures[] = [];
  let next = 0;
  let mayOpen = true;
  const lane = async () => {
    for (let i = next++; i < count && mayOpen; i = next++) {
      const own = join(folder, `${name}-${i}`);
      mkdirSync(own);
      using trouble = open(own, i);
      mayOpen = trouble !== undefined;
      if (trouble === undefined) continue;
      try {
        figures.push(await recordThrough(trouble, i, own));
      } catch (cause) {
        throw new Error(`${name} ${i}: ${cause instanceof Error ? cause.message : cause}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return mayOpen ? figures : undefined;
}

function text(name: string, figures: readonly TroubleFigures[]): string {
  const sum = (key: keyof TroubleFigures) => figures.reduce((all, each) => all + each[key], 0);
  return `${figures.length} ${name}: ${sum("stored")} updates stored, ${sum("skipped")} in gap notes`;
}
