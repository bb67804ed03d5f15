import { type MarketEvent, MarketEventSchema } from "@polymarket/bindings/subscriptions";

/** An element as the SDK's schema sees it: the event that becomes of it, or why there is none. */
export type Judged = { readonly event: MarketEvent } | { readonly refusal: string };

/**
 * The SDK drops an element that its schema refuses without a word. Some of the schema's transforms
 * throw, which costs the SDK the rest of the text as well.
 */
export function judged(element: unknown): Judged {
  try {
    const result = MarketEventSchema.safeParse(element);
    if (result.success) return { event: result.data };
    const issues = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    return { refusal: issues.join("; ") };
  } catch (error) {
    return { refusal: `throws ${String(error)}` };
  }
}
