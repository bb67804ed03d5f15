import { seededRandom } from "../../../src/ports/random.ts";
import { CAPTURES_VARIABLE } from "../../captures.ts";
import {
  type ReceivedStream,
  realStream,
  simulatedStream,
  withModelTimes,
} from "./received-stream.ts";

/** The streams whose size is measured, and a line that says if the real one is missing. */

const SEED = 1;
const TEXTS = 20_000;
const HOT_PER_SECOND = 50;
const SLOW_PER_SECOND = 0.5;

export interface MeasuredStreams {
  readonly streams: readonly ReceivedStream[];
  readonly missing: readonly string[];
}

export function measuredStreams(): MeasuredStreams {
  const real = realStream(seededRandom(SEED));
  const simulated = simulatedStreams();
  if (real !== undefined) return { streams: [real, ...simulated], missing: [] };
  const missing = `${CAPTURES_VARIABLE} names no folder of captures: only the simulation`;
  return { streams: simulated, missing: [missing] };
}

/** Each with the model's receive times, and with those of the exchange's own line. */
function simulatedStreams(): ReceivedStream[] {
  const hot = simulatedStream("hot, arrival", HOT_PER_SECOND, TEXTS);
  const slow = simulatedStream("slow, arrival", SLOW_PER_SECOND, TEXTS);
  const random = seededRandom(SEED);
  return [
    { ...withModelTimes(hot, random), title: "hot" },
    { ...withModelTimes(slow, random), title: "slow" },
    hot,
    slow,
  ];
}
