import { PONG } from "../../src/polymarket/messages.ts";

/**
 * The elements of a sent text. Anything else that is no JSON, an INVALID OPERATION for one,
 * counts as an element, which no schema takes.
 */
export function sentElements(text: string): readonly unknown[] {
  if (text === PONG) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : [parsed];
  } catch {
    return [text];
  }
}
