import { checkFaultyStreams } from "../book/faulty-streams.ts";

/** One entry of each stream is lost, altered or swapped: it shows at the next hash that can tell. */

const STREAMS = 10_000;
/** Behind those of the short test. */
const FIRST_SEED = 500;

export async function run(): Promise<string[]> {
  const overwritten = checkFaultyStreams(FIRST_SEED, STREAMS);
  return [
    `${STREAMS} streams, each with one fault: ${STREAMS - overwritten} noticed at the next hash ` +
      `whose book differs, ${overwritten} overwritten before`,
  ];
}
