import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { flipBit } from "../hostile-bytes.ts";
import { polybot } from "../polybot-process.ts";
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
