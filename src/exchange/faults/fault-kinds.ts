/**
 * What an exchange can do wrong on purpose. `on` says where a fault strikes: at one text of a
 * socket, at a socket, at a subscription, at an opening book, at an answer of REST, or at the whole
 * exchange.
 * `takes` are the keys that mean something for it, beside those that say when.
 */
export const FAULT_KINDS = {
  "close-1013": {
    on: "socket",
    takes: ["socket", "token"],
    about: "closes the socket as the venue does to slow consumers",
  },
  drop: {
    on: "socket",
    takes: ["socket", "token"],
    about: "cuts the connection without a close frame",
  },
  "half-open": {
    on: "socket",
    takes: ["for", "socket", "token"],
    about: "sends and answers nothing more, while the socket stays",
  },
  "stall-socket": {
    on: "socket",
    takes: ["for", "socket", "token"],
    about: "withholds all data; PONG is still answered",
  },
  "stall-token": {
    on: "socket",
    takes: ["for", "socket", "token"],
    about: "withholds what concerns one token",
  },
  "slow-reader": {
    on: "socket",
    takes: ["for", "socket", "token"],
    about: "sends 20 kB/s: lag grows, and ends with 1013",
  },
  "lost-entry": {
    on: "text",
    takes: ["socket", "token"],
    about: "leaves one entry out of a price change",
  },
  malformed: {
    on: "text",
    takes: ["socket", "token"],
    about: "cuts a text off in the middle",
  },
  reorder: {
    on: "text",
    takes: ["socket", "token"],
    about: "sends a text after the one that follows it",
  },
  delay: {
    on: "text",
    takes: ["ms", "socket", "token"],
    about: "holds a text, and all behind it, for ms= (default 2s)",
  },
  "close-1008": {
    on: "subscription",
    takes: ["socket", "token"],
    about: "closes the socket as for a first text that is no subscription",
  },
  "invalid-operation": {
    on: "subscription",
    takes: ["socket", "token"],
    about: "answers a later subscription with INVALID OPERATION, and does nothing",
  },
  "missing-book": {
    on: "book",
    takes: ["socket", "token"],
    about: "leaves a token out of the opening books",
  },
  "rest-error": {
    on: "rest",
    takes: ["status", "token"],
    about: "answers with status= (default 500)",
  },
  "stale-book": {
    on: "rest",
    takes: ["ms", "token"],
    about: "answers with the book of ms= ago (default 2s)",
  },
  restart: {
    on: "exchange",
    takes: ["for"],
    about: "drops all sockets and refuses service for for= (default 5s)",
  },
  "clock-step": {
    on: "exchange",
    takes: ["ms"],
    about: "adds ms= to all timestamps from then on, may be negative",
  },
} as const;

export type FaultKind = keyof typeof FAULT_KINDS;
export type FaultPlace = (typeof FAULT_KINDS)[FaultKind]["on"];

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULT_KINDS, text);
}

export function faultsOn(place: FaultPlace): FaultKind[] {
  return (Object.keys(FAULT_KINDS) as FaultKind[]).filter((kind) => FAULT_KINDS[kind].on === place);
}
