import { type MergeOptions, merge } from "../read/merge.ts";
import type { Message } from "../read/message.ts";
import type { SessionReader } from "../read/session-reader.ts";
import { type Output, say } from "./output.ts";

export interface WireOutput {
  readonly output: Output;
  readonly json: boolean;
  /** So many messages at most. */
  readonly max: number | undefined;
}

/** Prints the messages of sessions as the venue sent them; how many there were. */
export async function printWire(
  sessions: readonly SessionReader[],
  options: MergeOptions,
  { output, json, max }: WireOutput,
): Promise<number> {
  let messages = 0;
  let lacking = 0;
  let parts = 0;
  let broken = 0;
  for await (const item of merge(sessions, options)) {
    if (output.closed) break;
    if (item.kind !== "message") continue;
    const { leftOut, text } = item;
    messages++;
    if (leftOut.length > 0) lacking++;
    parts += leftOut.length;
    if (text.trimEnd().includes("\n")) broken++;
    await output.line(json ? jsonLine(item) : text.replace(/\n$/, ""));
    if (messages === max) break;
  }
  await output.flush();
  if (lacking > 0) {
    say(
      `${lacking} of ${messages} messages lack ${parts} elements or entries, of tokens that were ` +
        "not recorded or not asked for",
    );
  }
  if (broken > 0 && !json) {
    say(`${broken} messages have line feeds in them: --format wire --json tells where each ends`);
  }
  return messages;
}

function jsonLine({ received_us, recorder_id, socket, text, leftOut }: Message): string {
  const left_out = leftOut.length > 0 ? { left_out: leftOut } : {};
  return JSON.stringify({ received_us, recorder_id, socket, text, ...left_out });
}
