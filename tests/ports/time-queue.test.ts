import { expect, test } from "bun:test";
import { seededRandom } from "../../src/ports/random.ts";
import { TimeQueue } from "../../src/ports/time-queue.ts";

test("a time queue gives what it was given in order of time, ties in the order they came", () => {
  const random = seededRandom(5);
  for (let round = 0; round < 200; round += 1) {
    const queue = new TimeQueue<number>();
    const model: { ms: number; item: number }[] = [];
    for (let item = 0; item < 100; item += 1) {
      if (random() < 0.3) {
        const earliest = model.reduce<{ ms: number; item: number } | undefined>(
          (first, next) => (first === undefined || next.ms < first.ms ? next : first),
          undefined,
        );
        expect(queue.nextMs).toBe(earliest?.ms);
        expect(queue.take()).toBe(earliest?.item);
        if (earliest !== undefined) model.splice(model.indexOf(earliest), 1);
      }
      const ms = Math.floor(random() * 20);
      queue.add(ms, item);
      model.push({ ms, item });
    }
    expect(queue.size).toBe(model.length);
    const rest = Array.from({ length: model.length }, () => ({
      ms: queue.nextMs ?? 0,
      item: queue.take() ?? -1,
    }));
    expect(rest).toEqual(model.toSorted((a, b) => a.ms - b.ms));
    expect(queue.nextMs).toBeUndefined();
  }
});
