import { LEDGER_NOTE, type Span, type SpanState, TokenLedger } from "../book/token-ledger.ts";
import type { Names } from "../format/metadata.ts";
import { type Fs, systemFs } from "../ports/fs.ts";
import { CHANNEL } from "../store/paths.ts";
import { describeSession, type SessionDescription } from "./session-description.ts";
import type { SessionFolder } from "./session-folder.ts";
import { SessionReader } from "./session-reader.ts";
import type { Update } from "./update.ts";

const US_PER_MS = 1000;

/** What a store has of one token. */
export interface TokenCoverage extends Names {
  readonly token_id: string;
  /** Condition id. */
  readonly market: string;
  /** From the first session's start to the last one's end, or what was asked for; microseconds. */
  readonly from_us: number;
  readonly to_us: number;
  /** In order, without a hole between them. */
  readonly spans: readonly Span[];
}

export interface CoverageOptions {
  /** Only this token. */
  readonly tokenId?: string | undefined;
  /** Receive times, microseconds since the epoch; what no session covers is a gap. */
  readonly fromUs?: number | undefined;
  readonly toUs?: number | undefined;
  readonly fs?: Fs;
}

/** The coverage of each token of some sessions, one token in memory at a time. */
export async function* coverage(
  sessions: readonly SessionFolder[],
  { tokenId, fromUs, toUs, fs = systemFs }: CoverageOptions = {},
): AsyncGenerator<TokenCoverage> {
  const byToken = new Map<string, SessionOfToken[]>();
  for (const folder of sessions) {
    const description = await describeSession(folder, fs);
    const { token_id } = description;
    if (token_id === CHANNEL) continue;
    if (tokenId !== undefined && token_id !== tokenId) continue;
    const ofToken = byToken.get(token_id) ?? [];
    byToken.set(token_id, ofToken);
    ofToken.push({ folder, description });
  }
  for (const [token_id, ofToken] of byToken) {
    ofToken.sort((a, b) => startOf(a) - startOf(b));
    const walk = new TokenWalk(fs);
    for (const session of ofToken) await walk.take(session);
    const spans = walk.end();
    // Nothing is known of one that has just begun.
    if (spans.length === 0 && fromUs === undefined) continue;
    const { market, question, slug, outcome, end_date } = ofToken.at(-1)!.description;
    const from_us = fromUs ?? spans[0]?.fromUs ?? 0;
    const to_us = toUs ?? spans.at(-1)?.toUs ?? from_us;
    const cut = cutTo(spans, from_us, to_us);
    yield { token_id, market, question, slug, outcome, end_date, from_us, to_us, spans: cut };
  }
}

/** Spans of a token in figures; times in microseconds. */
export interface CoverageSums {
  readonly verified_us: number;
  readonly unverified_us: number;
  readonly suspect_us: number;
  readonly gap_us: number;
  readonly gaps: number;
  readonly longest_gap_us: number;
}

export function sumSpans(spans: readonly Span[]): CoverageSums {
  const of = (wanted: SpanState) => spans.filter(({ state }) => state === wanted);
  const us = ({ fromUs, toUs }: Span) => toUs - fromUs;
  const sum = (wanted: SpanState) => of(wanted).reduce((total, span) => total + us(span), 0);
  return {
    verified_us: sum("verified"),
    unverified_us: sum("unverified"),
    suspect_us: sum("suspect"),
    gap_us: sum("gap"),
    gaps: of("gap").length,
    longest_gap_us: of("gap").reduce((longest, span) => Math.max(longest, us(span)), 0),
  };
}

interface SessionOfToken {
  readonly folder: SessionFolder;
  readonly description: SessionDescription;
}

function startOf({ description }: SessionOfToken): number {
  return description.start_timestamp;
}

/** Goes through a token's sessions in time. */
class TokenWalk {
  readonly #fs: Fs;
  #ledger: TokenLedger | undefined;
  #before: SessionDescription | undefined;
  /** Latest receive time so far. */
  #us = 0;
  /** The last update with a hash of the book. */
  #hashed: Update | undefined;

  constructor(fs: Fs) {
    this.#fs = fs;
  }

  async take({ folder, description }: SessionOfToken): Promise<void> {
    const before = this.#before;
    const { predecessor } = description;
    const goesOn = before !== undefined && predecessor === before.session_id;
    const heldHash = goesOn ? undefined : this.#hashed?.string("hash");
    if (before !== undefined && !goesOn) {
      this.#ledger?.pause(this.#us, before.end_reason === "crash" ? "crash" : "not-recording");
    }
    this.#before = description;
    let next = description.first_sequence;
    // Damage is told by `verify`; here it is a hole in the numbers.
    const reader = new SessionReader(folder, { fs: this.#fs, onDamage: () => {} });
    for await (const update of reader) {
      const { received_us: us, sequence_number } = update;
      this.#ledger ??= new TokenLedger(us, predecessor !== null);
      if (sequence_number > next) {
        const fromUs = Math.max(this.#us, description.start_timestamp * US_PER_MS);
        this.#ledger.note({ kind: LEDGER_NOTE.gap, cause: "damage", fromUs, toUs: us });
      }
      next = 1 + this.#update(this.#ledger, update, heldHash);
      this.#us = Math.max(this.#us, us);
    }
  }

  end(): readonly Span[] {
    this.#ledger?.end(this.#us);
    return this.#ledger?.spans ?? [];
  }

  /** The last sequence number that the update stands for. */
  #update(ledger: TokenLedger, update: Update, heldHash: string | undefined): number {
    const { update_type: type, verdict, received_us, sequence_number } = update;
    if (type === "note") {
      const { kind, cause, from_us, to_us, last_sequence } = update.data;
      const times = { fromUs: Number(from_us), toUs: Number(to_us) };
      ledger.note({ kind: String(kind), cause: String(cause), ...times });
      return typeof last_sequence === "number" ? last_sequence : sequence_number;
    }
    if (type === "book" || type === "price_change") this.#hashed = update;
    const isFirstBook = type === "book" && ledger.wantsBook && heldHash !== undefined;
    const isHeld = isFirstBook && update.string("hash") === heldHash;
    ledger.update(type, verdict, received_us, isHeld);
    return sequence_number;
  }
}

/** Adds what no session has before and behind, up to the times that were asked for. */
function cutTo(spans: readonly Span[], fromUs: number, toUs: number): Span[] {
  const nothing = { state: "gap", cause: "not-recording" } as const;
  const startUs = Math.min(spans[0]?.fromUs ?? toUs, toUs);
  const endUs = Math.max(spans.at(-1)?.toUs ?? toUs, fromUs);
  const all: Span[] = [
    { ...nothing, fromUs, toUs: startUs },
    ...spans,
    { ...nothing, fromUs: endUs, toUs },
  ];
  return all
    .map((span) => ({
      ...span,
      fromUs: Math.max(span.fromUs, fromUs),
      toUs: Math.min(span.toUs, toUs),
    }))
    .filter((span) => span.toUs > span.fromUs);
}
