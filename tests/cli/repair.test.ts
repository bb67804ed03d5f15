import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { flipBit } from "../hostile-bytes.ts";
import { ExchangeProcess, polybot, startRecorder, temporaryFolder } from "../polybot-process.ts";
import { recordKilled } from "../store/killed-recorder.ts";
import { SmallStore } from "../store/small-store.ts";

test("a store is damaged, diagnosed, repaired at a loss that is told, and then sound", async () => {
  using store = await SmallStore.recorded();
  expect(await polybot(["repair", store.path])).toMatchObject({ code: 0 });
  const path = store.segment(1);
  writeFileSync(path, flipBit(Uint8Array.from(readFileSync(path)), 400 * 8 + 5));

  const damaged = await polybot(["verify", store.path]);
  expect(damaged.code).toBe(3);
  expect(damaged.stdout).toContain("only bit 5 of byte 400 is wrong");
  const { problems } = JSON.parse((await polybot(["verify", store.path, "--json"])).stdout);
  expect(problems).toMatchObject([{ file: path, flipped_bit: { offset: 400, bit: 5 } }]);

  const plan = await polybot(["repair", store.path, "--dry-run"]);
  expect(plan.code).toBe(3);
  expect(plan.stdout).toContain(
    `to repair: ${path}: a payload fails its checksum; before: ${path}.broken`,
  );
  const done = await polybot(["repair", store.path, "--json"]);
  expect(done.code).toBe(3);
  const [lost] = JSON.parse(done.stdout).lost;
  expect(lost).toMatchObject({ file: path, first_sequence: 1 });

  const sound = await polybot(["verify", store.path]);
  expect(sound.code).toBe(0);
  expect(sound.stdout).toContain(`${lost.updates} updates were lost before`);
  const again = await polybot(["repair", store.path]);
  expect(again).toMatchObject({
    code: 0,
    stdout: "1 sessions, 0 repaired, 0 files, 0 updates lost, 0 skipped, 0 left\n",
  });
  const cat = await polybot(["cat", store.path, "--json"]);
  expect(JSON.parse(cat.stdout.split("\n")[0]!)).toMatchObject({
    sequence_number: 1,
    update_type: "note",
    data: { kind: "repair", last_sequence: lost.last_sequence },
  });
});

test("a lone file is not repaired: its session is wanted", async () => {
  using store = await SmallStore.recorded();
  const { code, stderr } = await polybot(["repair", store.segment(1)]);
  expect(code).toBe(2);
  expect(stderr).toContain("a repair looks at the whole session");
});

test("sessions of a living recorder are open and skipped, those of a killed one get an end", async () => {
  using folder = temporaryFolder();
  const store = join(folder.path, "data");
  const exchange = await ExchangeProcess.start("--markets", "1", "--rate", "50");
  const recorder = startRecorder(exchange, exchange.tokenIds, store);
  await recorder.until(({ stderr }) => stderr.includes("subscribed"));
  const counts = async () => {
    const { code, stdout } = await polybot(["verify", store, "--json"]);
    const { open, crashed, damaged } = JSON.parse(stdout);
    return { code, open, crashed, damaged };
  };
  while ((await counts()).open < 2) await Bun.sleep(50);
  const living = await counts();
  expect(living).toEqual({ code: 0, open: living.open, crashed: 0, damaged: 0 });
  const skipped = await polybot(["repair", store]);
  expect(skipped.code).toBe(0);
  expect(skipped.stdout).toContain(`lives (process ${recorder.pid} on `);

  await recorder.stop("SIGKILL");
  await exchange.stop();
  const dead = await counts();
  expect(dead).toEqual({ code: 0, open: dead.open, crashed: dead.open, damaged: 0 });
  expect(dead.open).toBeGreaterThanOrEqual(living.open);
  const sealed = await polybot(["repair", store, "--json"]);
  expect(JSON.parse(sealed.stdout)).toMatchObject({ lost: [], living: [], left: [] });
  expect(await counts()).toEqual({ code: 0, open: 0, crashed: 0, damaged: 0 });
});

test("what a dead recorder's journal has lost is told, also to programs", async () => {
  using folder = temporaryFolder();
  recordKilled(folder.path, 100);
  const [name] = new Bun.Glob("stream/journal/*/*.wal").scanSync(folder.path);
  const path = join(folder.path, name!);
  const bytes = Uint8Array.from(readFileSync(path));
  writeFileSync(path, flipBit(bytes, bytes.length * 4));
  const { code, stdout, stderr } = await polybot(["repair", folder.path, "--json"]);
  expect(code).toBe(3);
  expect(stderr).toContain("places of its journal are damaged");
  const recorder_id = basename(dirname(name!));
  expect(JSON.parse(stdout).recoveries).toMatchObject([{ recorder_id, damaged: 1, failure: null }]);
  // What is left of it is nobody's to recover again.
  const again = await polybot(["repair", folder.path, "--json"]);
  expect(JSON.parse(again.stdout).recoveries).toEqual([]);
});
