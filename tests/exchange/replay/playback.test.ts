import { expect, test } from "bun:test";
import { Agenda } from "../../../src/exchange/agenda.ts";
import { Playback } from "../../../src/exchange/replay/playback.ts";
import { VirtualClock } from "../../../src/ports/virtual-clock.ts";
import type { MergedItem } from "../../../src/read/merge.ts";

const START_US = Date.parse("2030-01-02T03:04:05Z") * 1_000;
const US_PER_S = 1_000_000;

/** When messages of these seconds happen, in seconds of real time after the start. */
async function happenings(seconds: readonly number[], speed: number): Promise<number[]> {
  const clock = new VirtualClock();
  const found: number[] = [];
  const items = seconds.map((second) => {
    return { kind: "message", received_us: START_US + second * US_PER_S } as MergedItem;
  });
  const playback = new Playback({
    agenda: new Agenda(clock),
    itemsFrom: async function* () {
      yield* items;
    },
    fromUs: START_US,
    toUs: undefined,
    speed,
    isReady: () => true,
    onLead: () => {},
    onBegin: () => {},
    onItem: () => void found.push(clock.monotonicMs() / 1_000),
    onEnd: () => {},
    onFailure: (error) => {
      throw error;
    },
  });
  await playback.begin();
  playback.start();
  while (playback.state !== "ended") {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(10);
  }
  return found;
}

test("messages have the pauses that they had, at the replay's speed", async () => {
  expect(await happenings([0, 1, 3, 3, 10], 1)).toEqual([0, 1, 3, 3, 10]);
  expect(await happenings([0, 1, 3, 3, 10], 10)).toEqual([0, 0.1, 0.3, 0.3, 1]);
});

test("where the recorder's clock was set back the replay's is, too: nothing comes in a burst", async () => {
  expect(await happenings([60, 61, 20, 21, 25], 1)).toEqual([60, 61, 61, 62, 66]);
});
