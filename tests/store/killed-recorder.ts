import { join } from "node:path";
import { ROOT } from "../polybot-process.ts";

/** Records into a small store in a process that is killed then. */
export function recordKilled(basePath: string, updates: number): void {
  const source = `
    import { SmallStore } from ${JSON.stringify(join(ROOT, "tests/store/small-store.ts"))};
    const store = new SmallStore(${JSON.stringify(basePath)});
    await store.record({ seal: false, updates: ${updates} });
    process.kill(process.pid, "SIGKILL");`;
  Bun.spawnSync([process.execPath, "-e", source]);
}
