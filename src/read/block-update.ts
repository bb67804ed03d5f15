import type { BlockReplay } from "../book/block-replay.ts";
import type { Block } from "../format/block-reader.ts";
import type { Identity } from "./session-folder.ts";
import { Update } from "./update.ts";

/** The update that a row of a block is; `replay` is the block's. */
export function blockUpdate(
  identity: Identity,
  { rows, firstSequence }: Block,
  replay: BlockReplay,
  row: number,
): Update {
  const { receivedUs: received_us, verdict, socket, place } = rows[row]!;
  const arrival = { received_us, verdict, socket, place };
  const bookAfter = () => replay.bookAfter(row);
  return new Update(identity, firstSequence + row, arrival, replay.event(row), bookAfter);
}
