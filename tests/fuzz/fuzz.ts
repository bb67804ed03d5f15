import { PolybotError } from "../../src/format/error.ts";
import { Choice } from "./choice.ts";
import { FUZZ_TARGETS } from "./targets.ts";

const GARBAGE_EVERY = 200;

export interface FuzzFigures {
  readonly inputs: number;
  /** Inputs that no decoder refused. */
  readonly read: number;
  /** Milliseconds that the slowest input took, and which that was. */
  readonly slowestMs: number;
  readonly slowest: string;
  /** Bytes that the process had more at its peak than before. */
  readonly grown: number;
}

/**
 * Hands so many inputs to the decoders, in turn; each has a seed of its own, so that one alone can
 * be run again. Throws what is no `PolybotError`, with the input's name and bytes.
 */
export async function fuzz(inputs: number, firstSeed: number): Promise<FuzzFigures> {
  let read = 0;
  let slowestMs = 0;
  let slowest = "";
  const before = peakBytes();
  for (let i = 0; i < inputs; i++) {
    // What a thousand inputs left behind is not what one takes.
    if (i % GARBAGE_EVERY === 0) Bun.gc(true);
    const target = FUZZ_TARGETS[i % FUZZ_TARGETS.length]!;
    const seed = firstSeed + i;
    const bytes = Uint8Array.from(target.make(new Choice(seed)));
    const name = `${target.name}, seed ${seed}, ${bytes.length} bytes`;
    const begun = performance.now();
    try {
      if ((await target.read(bytes)) !== "refused") read++;
    } catch (error) {
      if (!(error instanceof PolybotError)) {
        throw new Error(`${name}: ${error}\n${bytes.slice(0, 2000).toHex()}`, { cause: error });
      }
    }
    const ms = performance.now() - begun;
    if (ms <= slowestMs) continue;
    slowestMs = ms;
    slowest = name;
  }
  return { inputs, read, slowestMs, slowest, grown: peakBytes() - before };
}

/** The most memory that the process ever had. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
