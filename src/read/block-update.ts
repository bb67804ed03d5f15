import type { BlockReplay } from "../book/block-replay.ts";
import type { Block } from "../format/block-reader.ts";
import type { Identity } from "./session-folder.ts";
import { Update } from "./update.ts";

/** The update that a row of a block is; `replay` is the block's. */
export function blockUpdate(
  identity: Identity,
  { columns, firstSequence }: Block,
  replay: BlockReplay,
  row: number,
): Update {
  const { heads, receivedUs } = columns;
  const event = replay.event(row);
  const arrival = {
    received_us: receivedUs[row]!,
    verdict: columns.verdict(row),
    socket: heads.kind(row).socket,
    place: heads.place(row),
  };
  return new Update(identity, firstSequence + row, arrival, event, event);
}
