import type { SubscriptionChange } from "../../polymarket/messages.ts";

/** What the exchange reads of a first text; a client may say more. */
export interface FirstRequest {
  readonly tokenIds: readonly string[];
  /** The client asked for custom features. */
  readonly isCustom: boolean;
  /** The client did not decline the opening books. */
  readonly withBooks: boolean;
}

/** What the exchange reads of a later text. */
export type LaterRequest = SubscriptionChange;

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

function tokenIdsOf(fields: Fields): string[] | undefined {
  const tokenIds = fields.assets_ids;
  return Array.isArray(tokenIds) && tokenIds.every((id) => typeof id === "string")
    ? tokenIds
    : undefined;
}

/** Undefined unless the text is an initial subscription. Old clients write the type in capitals. */
export function parseFirstText(text: string): FirstRequest | undefined {
  const fields = fieldsOf(text);
  const tokenIds = fields && tokenIdsOf(fields);
  const type = fields?.type;
  if (tokenIds === undefined || (type !== "market" && type !== "MARKET")) {
    return undefined;
  }
  return {
    tokenIds,
    isCustom: fields?.custom_feature_enabled === true,
    withBooks: fields?.initial_dump !== false,
  };
}

/** Undefined unless the text changes the subscription; repeating the initial one does not. */
export function parseLaterText(text: string): LaterRequest | undefined {
  const fields = fieldsOf(text);
  const tokenIds = fields && tokenIdsOf(fields);
  const operation = fields?.operation;
  if (tokenIds === undefined || (operation !== "subscribe" && operation !== "unsubscribe")) {
    return undefined;
  }
  const custom = fields?.custom_feature_enabled;
  return {
    operation,
    assets_ids: tokenIds,
    ...(typeof custom === "boolean" && { custom_feature_enabled: custom }),
  };
}
