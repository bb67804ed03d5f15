import { repair } from "../../src/store/repair.ts";
import type { Harm } from "./harms.ts";
import type { Files, SmallStore } from "./small-store.ts";
import { type Fault, SteppedFs } from "./stepped-fs.ts";

/** Everything that was there is there: under its own name, at the start of it, or beside. */
export function expectKept(before: Files, after: Files): void {
  for (const [name, bytes] of before) {
    if (bytes.length === 0) continue;
    const kept = [...after].some(
      ([other, now]) =>
        other.startsWith(name) && Buffer.compare(now.subarray(0, bytes.length), bytes) === 0,
    );
    if (!kept) throw new Error(`the bytes of ${name} are gone`);
  }
}

export function expectSameFiles(files: Files, expected: Files): void {
  const names = [...files.keys()].join();
  if (names !== [...expected.keys()].join()) throw new Error(`other files: ${names}`);
  for (const [name, bytes] of files) {
    if (Buffer.compare(bytes, expected.get(name)!) !== 0) throw new Error(`${name} is another`);
  }
}

/**
 * Repairs a harmed store with a fault at every call that changes the disk, in turn. Whatever was
 * there is there after it, readers get nothing wrong, and a second repair ends as an undisturbed
 * one. Gives the number of cases.
 */
export async function expectFaultsHarmless(
  sound: SmallStore,
  { name, harm }: Harm,
  faults: readonly Fault[],
): Promise<number> {
  const updates = await sound.updates();
  using undisturbed = sound.copy();
  harm(undisturbed);
  const before = undisturbed.files();
  const counting = new SteppedFs();
  const { lost } = await repair([undisturbed.session], { fs: counting });
  const expected = undisturbed.files();
  const noted = new Set(lost.map(({ first_sequence }) => first_sequence));
  for (const fault of faults) {
    for (let step = 1; step <= counting.steps; step++) {
      using store = sound.copy();
      harm(store);
      const outcome = repair([store.session], { fs: new SteppedFs(step, fault) });
      const failed = await outcome.then(
        () => false,
        () => true,
      );
      try {
        expectKept(before, store.files());
        for (const [number, update] of await store.updates()) {
          if (noted.has(number) || updates.get(number) === update) continue;
          throw new Error(`update ${number} is wrong`);
        }
        await repair([store.session]);
        expectSameFiles(store.files(), expected);
        if (!failed && fault.startsWith("stop")) throw new Error("the repair did not fail");
      } catch (cause) {
        throw new Error(`${name}, ${fault} at step ${step}: ${cause}`, { cause });
      }
    }
  }
  return faults.length * counting.steps;
}
