import { join } from "node:path";
import { ROOT, temporaryFolder } from "../polybot-process.ts";

/** How long `polybot --version` takes beside an empty program compiled the same way. */

const RUNS = 50;

export async function run(): Promise<string[]> {
  using folder = temporaryFolder();
  const empty = join(folder.path, "empty");
  await Bun.write(`${empty}.ts`, "export {};\n");
  const flags = ["--compile", "--production", "--bytecode", "--format=esm"];
  Bun.spawnSync([process.execPath, "build", ...flags, "--outfile", empty, `${empty}.ts`]);
  const programs = { empty: [empty], polybot: [join(ROOT, "dist/polybot"), "--version"] };
  const times: Record<keyof typeof programs, number[]> = { empty: [], polybot: [] };
  for (let i = 0; i < RUNS; i++) {
    for (const name of ["empty", "polybot"] as const) {
      const start = Bun.nanoseconds();
      Bun.spawnSync(programs[name]);
      times[name].push((Bun.nanoseconds() - start) / 1e6);
    }
  }
  const ratio = median(times.polybot) / median(times.empty);
  return [
    `empty program: median ${median(times.empty).toFixed(1)} ms of ${RUNS} interleaved runs`,
    `polybot --version: median ${median(times.polybot).toFixed(1)} ms, ${ratio.toFixed(2)} times that`,
  ];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
