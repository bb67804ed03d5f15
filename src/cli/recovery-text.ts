import type { Recovery } from "../store/recovery.ts";

/** One line on what came of what a dead recorder left. */
export function recoveryText({ recorderId, sessions, damaged, failure }: Recovery): string {
  const updates = sessions.reduce((sum, session) => sum + session.updates, 0);
  const lost = sessions.reduce((sum, session) => sum + session.lost, 0);
  const parts = [
    `recorder ${recorderId} died: ${sessions.length} sessions sealed, ${updates} updates recovered`,
    ...(lost > 0 ? [`${lost} lost`] : []),
    ...(damaged > 0 ? [`${damaged} places of its journal are damaged`] : []),
    ...(failure === undefined ? [] : [`not finished: ${messageOf(failure)}`]),
  ];
  return parts.join(", ");
}

/** The same for programs. */
export function recoveryJson({ recorderId, sessions, damaged, failure }: Recovery): object {
  return {
    recorder_id: recorderId,
    sessions: sessions.length,
    updates: sessions.reduce((sum, session) => sum + session.updates, 0),
    lost: sessions.reduce((sum, session) => sum + session.lost, 0),
    damaged,
    failure: failure === undefined ? null : messageOf(failure),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
