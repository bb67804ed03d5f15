import { PolybotError } from "../../format/error.ts";
import { momentUs } from "../../read/moment.ts";
import type { Replay } from "./replay.ts";
import { MAX_SPEED } from "./replay-clock.ts";

export const SPEED_MIN = 0.1;
export const SPEED_LIMIT = 1_000;

/** A speed beside life, or `max`. Throws `BAD_INPUT`. */
export function speedOf(value: unknown): number {
  if (value === "max") return MAX_SPEED;
  const speed = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof speed === "number" && speed >= SPEED_MIN && speed <= SPEED_LIMIT) return speed;
  throw new PolybotError("BAD_INPUT", `a speed is ${SPEED_MIN} to ${SPEED_LIMIT}, or max`);
}

/** How a replay stands, as `GET /control` tells it. */
export function replayState({ playback, startUs }: Replay) {
  const { nowUs, speed, state } = playback;
  return {
    state,
    at: new Date(Math.floor(nowUs / 1_000)).toISOString(),
    at_us: nowUs,
    start_us: startUs,
    speed: speed === MAX_SPEED ? "max" : speed,
  };
}

const KEYS: readonly string[] = ["paused", "speed", "at"];

/**
 * `{"paused":true}`, `{"speed":10}` or `{"speed":"max"}`, `{"at":"+5m"}`, or several of them. Gives the
 * state; another time is gone to in the background. Throws `BAD_INPUT`.
 */
export function steerReplay(replay: Replay, wanted: unknown): object {
  const { paused, speed, at, ...rest } = fieldsOf(wanted);
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new PolybotError("BAD_INPUT", `a replay has no ${unknown}: ${KEYS.join(", ")}`);
  }
  if (paused !== undefined && typeof paused !== "boolean") {
    throw new PolybotError("BAD_INPUT", "paused is true or false");
  }
  const newSpeed = speed === undefined ? undefined : speedOf(speed);
  const atUs = at === undefined ? undefined : momentUs(String(at), replay.startUs);
  if (paused !== undefined) replay.playback.isPaused = paused;
  if (newSpeed !== undefined) replay.playback.speed = newSpeed;
  if (atUs !== undefined) replay.seek(atUs);
  return replayState(replay);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new PolybotError("BAD_INPUT", `the body is an object with ${KEYS.join(", ")}`);
}
