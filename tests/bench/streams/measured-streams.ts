import { seededRandom } from "../../../src/ports/random.ts";
import { CAPTURES_VARIABLE } from "../../captures.ts";
import {
  type ReceivedStream,
  realStream,
  type SimulatedOptions,
  simulatedStream,
  withModelTimes,
} from "./received-stream.ts";

/** The streams whose size is measured, and a line that says if the real one is missing. */

const SEED = 1;
const TEXTS = 20_000;
const HOT: SimulatedOptions = { tick: 100, perSecond: 50, count: TEXTS };
const SLOW: SimulatedOptions = { tick: 10, perSecond: 0.5, count: TEXTS };
const FINEST_TICK = 1;

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
  const hot = simulatedStream("hot, arrival", HOT);
  const slow = simulatedStream("slow, arrival", SLOW);
  const fine = simulatedStream("hot, finest tick", { ...HOT, tick: FINEST_TICK });
  const random = seededRandom(SEED);
  return [
    { ...withModelTimes(hot, random), title: "hot" },
    { ...withModelTimes(slow, random), title: "slow" },
    withModelTimes(fine, random),
    hot,
    slow,
  ];
}
