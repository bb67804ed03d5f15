import type { Implied } from "../../src/format/block.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { systemRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { type SegmentFile, SessionFolder } from "../../src/read/session-folder.ts";
import { Store } from "../../src/read/store.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";

export interface ReceivedText {
  readonly text: string;
  readonly receivedUs: number;
}

/** A token's texts as a recorder stores them, in real files; the segments of its session. */
export async function recordedStore(
  basePath: string,
  texts: readonly ReceivedText[],
  { tokenId }: Implied,
  maxFileSizeMb: number,
): Promise<readonly SegmentFile[]> {
  const clock = new VirtualClock((texts[0]?.receivedUs ?? 0) / 1000);
  const ports = { fs: systemFs, clock, random: systemRandom };
  const writer = await StorageWriter.open({ basePath, maxFileSizeMb }, ports);
  for (const { text, receivedUs } of texts) {
    clock.advance(Math.max(0, (receivedUs - clock.nowUs()) / 1000));
    for (const { event, place, tokenIds } of decode(text)) {
      if (!tokenIds.includes(tokenId)) continue;
      await writer.writeUpdate(tokenId, event, undefined, { receivedUs, socket: 1, place });
    }
  }
  await writer.shutdown();
  const [session] = await new Store(basePath).folders();
  return new SessionFolder(systemFs, session!.path).segments();
}
