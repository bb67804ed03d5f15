import type { VerdictCounts } from "../book/verdict-counts.ts";

export type { VerdictCounts };

/** What a recorder counted since it started. Renderers read it, only the recorder writes. */
export interface Counters {
  /** WebSocket texts, without PONG. */
  messages: number;
  pongs: number;
  /** Updates for the recorded tokens and the channel, with those of the recorder's own notes. */
  received: number;
  /** Entries and elements of tokens that nobody asked for, or that another socket owns. */
  foreign: number;
  /** Announcements that came again and are stored once. */
  repeats: number;
  /** Bytes of text received, as UTF-8. */
  bytes: number;
  /** Connections that served tokens. */
  connects: number;
  /** Those that ended without being asked to, after the first book of their tokens. */
  disconnects: number;
  /** Those that went on for tokens whose connection had ended, or was good for nothing. */
  reconnects: number;
  /** Connections that were open at the same time, at most. */
  sockets: number;
  /** Tokens that had a book. */
  books: number;
}

export function newCounters(): Counters {
  return {
    messages: 0,
    pongs: 0,
    received: 0,
    foreign: 0,
    repeats: 0,
    bytes: 0,
    connects: 0,
    disconnects: 0,
    reconnects: 0,
    sockets: 0,
    books: 0,
  };
}

/** The counters with what the writer made of the updates. */
export interface Summary extends Readonly<Counters> {
  readonly tokens: number;
  readonly stored: number;
  /** Received but not stored: skipped while the disk could not follow, or lost with a file. */
  readonly dropped: number;
  /** Interruptions after which a token's book was another one, or that go on. */
  readonly gaps: number;
  /** What came of the venue's hashes. */
  readonly hashes: Readonly<VerdictCounts>;
  /** Spans in which a book was not the venue's, and fresh books asked for because of them. */
  readonly suspect: number;
  readonly refetches: number;
  /** Whether hashes are made in a way that is not known. */
  readonly recipeDrift: boolean;
  /** Updates waiting for the disk. */
  readonly queued: number;
  readonly seconds: number;
}
