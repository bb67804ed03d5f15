import type { WireElement } from "../../polymarket/messages.ts";
import type { OlderElement } from "./older-elements.ts";

/** An element in the form of any year. */
export type SpokenElement = WireElement | OlderElement;

/** What a market says at one moment, before it is cut into messages for each socket. */
export interface Announcement {
  /** A socket hears it if it subscribed to any of these tokens; `undefined` is for every socket. */
  readonly tokenIds: readonly string[] | undefined;
  /** Only for sockets that asked for custom features. */
  readonly custom: boolean;
  /** In order, each a message of its own unless a socket's cut joins them. */
  readonly elements: readonly SpokenElement[];
}

/** Who a simulation talks to. */
export interface Audience {
  /** False lets a market leave its hashes uncomputed. */
  hears(tokenIds: readonly string[]): boolean;
  hear(announcement: Announcement): void;
  /** The tokens of a market have no book any more. */
  settled(tokenIds: readonly string[]): void;
}
