import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { ROOT, temporaryFolder } from "../polybot-process.ts";

/**
 * Takes each guard of the store away, one patch of tests/mutants at a time, and expects that the
 * tests which the patch names notice. A patch that does not apply any more is a failure too.
 */

const FOLDERS = ["src", "tests", "scripts", "docs"];
const FILES = ["package.json", "tsconfig.json", "bunfig.toml", "README.md"];
const TEST_TIMEOUT_MS = 300_000;

export async function run(): Promise<string[]> {
  const figures: string[] = [];
  const failures: string[] = [];
  for (const name of [...new Glob("*.patch").scanSync(join(ROOT, "tests/mutants"))].sort()) {
    const noticed = await isNoticed(name);
    figures.push(`${name.replace(".patch", "")}: ${noticed ? "noticed" : "NOT NOTICED"}`);
    if (!noticed) failures.push(name);
  }
  if (failures.length > 0) throw new Error(`not noticed: ${failures.join(", ")}`);
  return figures;
}

async function isNoticed(name: string): Promise<boolean> {
  using folder = temporaryFolder();
  for (const path of [...FOLDERS, ...FILES]) {
    cpSync(join(ROOT, path), join(folder.path, path), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder.path, "node_modules"));
  const patch = join(ROOT, "tests/mutants", name);
  const applied = Bun.spawnSync(["git", "apply", patch], { cwd: folder.path });
  if (!applied.success) throw new Error(`${name} does not apply: ${applied.stderr}`);
  const tests = /^tests: (.+)$/m.exec(await Bun.file(patch).text())?.[1]?.split(" ") ?? [];
  if (tests.length === 0) throw new Error(`${name} names no tests`);
  const command = [process.execPath, "test", "--bail", `--timeout=${TEST_TIMEOUT_MS}`, ...tests];
  const ran = Bun.spawnSync(command, { cwd: folder.path, stdout: "pipe", stderr: "pipe" });
  // A test that could not even be loaded notices nothing.
  if (/^\s*(error: Cannot find module|SyntaxError:)/m.test(ran.stderr.toString())) {
    throw new Error(`${name}: its tests do not run: ${ran.stderr.toString().slice(0, 500)}`);
  }
  return !ran.success;
}
