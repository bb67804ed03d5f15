import { arch, cpus, platform, totalmem } from "node:os";
import { basename, resolve } from "node:path";
import { Glob } from "bun";

/** Runs the files of a folder one after the other, each exporting `run`, and sums up. */

interface LongRun {
  /** Resolves with figures to print; rejects when what it checks does not hold. */
  run(): Promise<readonly string[]>;
}

const [folder = ".", ...names] = process.argv.slice(2);
const files = [...new Glob("*.ts").scanSync(folder)].sort();
const wanted = files.filter((file) => names.length === 0 || names.includes(basename(file, ".ts")));
if (wanted.length === 0) {
  console.error(`error: nothing in ${folder} is called ${names.join(" or ")}`);
  process.exit(2);
}
const cpu = cpus()[0]?.model ?? "unknown processor";
console.log(
  `${cpus().length} x ${cpu}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}, Bun ${Bun.version}`,
);
let failed = 0;
for (const file of wanted) {
  console.log(`\n${basename(file, ".ts")}`);
  const { run } = (await import(resolve(folder, file))) as LongRun;
  try {
    for (const line of await run()) console.log(`  ${line}`);
  } catch (error) {
    failed++;
    // Inspected whole: what failed while a failure was cleaned up hides it otherwise.
    console.log(`  FAILED: ${Bun.inspect(error)}`);
  }
}
console.log(`\n${wanted.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
