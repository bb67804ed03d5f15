import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { repair } from "../../src/store/repair.ts";
import type { Choice } from "../fuzz/choice.ts";
import { harmedFile } from "../fuzz/targets.ts";
import { expectKept, expectSameFiles } from "./faulty-repairs.ts";
import type { SmallStore } from "./small-store.ts";

/**
 * Harms some files of a copy of the store at random, checksums mended or not, and repairs it:
 * either nothing is damaged any more, or what is left is named. Gives whether all was repaired.
 */
export async function expectRepaired(sound: SmallStore, choice: Choice): Promise<boolean> {
  using store = sound.copy();
  const names = [...store.files().keys()];
  for (let i = choice.below(2); i >= 0; i--) {
    const name = choice.of(names);
    writeFileSync(join(store.session, name), harmedFile(store.files().get(name)!, choice));
  }
  const before = store.files();
  const { left } = await repair([store.session]);
  const after = store.files();
  expectKept(before, after);
  if (left.length > 0) {
    expectSameFiles(after, before);
    return false;
  }
  const { problems } = await store.verify();
  const reasons = problems.filter(({ reason }) => !reason.startsWith("its hashes are not those"));
  if (reasons.length > 0) throw new Error(`not repaired: ${JSON.stringify(reasons)}`);
  const again = await repair([store.session]);
  if (again.files.length > 0) throw new Error(`repaired twice: ${JSON.stringify(again.files)}`);
  expectSameFiles(store.files(), after);
  return true;
}
