import { Refusal } from "./refusal.ts";

/** The CLOB's errors, in its documented words (docs.polymarket.com, "Error Codes"). */

export function noBook(): Refusal {
  return new Refusal(404, { error: "No orderbook exists for the requested token id" });
}

export function marketNotFound(): Refusal {
  return new Refusal(404, { error: "market not found" });
}

export function invalidTokenId(): Refusal {
  return new Refusal(400, { error: "Invalid token id" });
}

export function invalidMarket(): Refusal {
  return new Refusal(400, { error: "Invalid market" });
}

export function invalidSide(): Refusal {
  return new Refusal(400, { error: "Invalid side" });
}

export function invalidPayload(): Refusal {
  return new Refusal(400, { error: "Invalid payload" });
}

export function payloadTooLarge(): Refusal {
  return new Refusal(400, { error: "Payload exceeds the limit" });
}
