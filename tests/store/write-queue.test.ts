import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { WriteQueue } from "../../src/store/write-queue.ts";

/** A queue whose jobs are done when they are told to, and the names of those that have begun. */
function openQueue() {
  const queue = new WriteQueue(new VirtualClock(), 10);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const add = (tokenId: string, name: string, updates = 0) =>
    queue.add(tokenId, {
      updates,
      run() {
        begun.push(name);
        return new Promise((resolve) => ends.set(name, resolve));
      },
      failed() {},
    });
  const end = async (name: string) => {
    ends.get(name)!();
    await settled();
  };
  return { queue, begun, add, end };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await settled();
  return done;
}

describe("a queue of disk work", () => {
  test("keeps the order of what belongs together, and lets others pass", async () => {
    const { begun, add, end } = openQueue();
    add("1", "first");
    add("1", "second");
    add("2", "other");
    expect(begun).toEqual(["first", "other"]);
    await end("other");
    expect(begun).toEqual(["first", "other"]);
    await end("first");
    expect(begun).toEqual(["first", "other", "second"]);
  });

  test("is drained when all is done that was added by then", async () => {
    const { queue, add, end } = openQueue();
    add("1", "slow");
    add("2", "quick");
    const all = queue.drained();
    const own = queue.drainedOf("2");
    expect(await isDone(own)).toBe(false);
    await end("quick");
    add("2", "later");
    expect(await isDone(own)).toBe(true);
    expect(await isDone(all)).toBe(false);
    await end("slow");
    expect(await isDone(all)).toBe(true);
  });

  test("counts the updates of all that waits", async () => {
    const { queue, add, end } = openQueue();
    add("1", "a", 6);
    add("2", "b", 4);
    expect([queue.updates, queue.full]).toEqual([10, true]);
    await end("b");
    expect([queue.updates, queue.full]).toEqual([6, false]);
  });
});
