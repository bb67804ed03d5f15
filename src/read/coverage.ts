import { LEDGER_NOTE, type Span, TokenLedger } from "../book/token-ledger.ts";
import { PolybotError } from "../format/error.ts";
import { type Names, NO_NAMES } from "../format/metadata.ts";
import type { Tombstone } from "../format/tombstones.ts";
import { type Fs, systemFs } from "../ports/fs.ts";
import { CHANNEL } from "../store/paths.ts";
import { describeSession, type SessionDescription } from "./session-description.ts";
import type { SessionFolder } from "./session-folder.ts";
import { SessionReader } from "./session-reader.ts";
import type { TombstoneFile } from "./tombstone-file.ts";
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
  /** Of the same tokens: what was pruned is a gap with that cause. */
  readonly tombstones?: readonly TombstoneFile[];
  readonly fs?: Fs;
}

/** The coverage of each token of some sessions, one token in memory at a time. */
export async function* coverage(
  sessions: readonly SessionFolder[],
  { tokenId, fromUs, toUs, tombstones = [], fs = systemFs }: CoverageOptions = {},
): AsyncGenerator<TokenCoverage> {
  const byToken = new Map<string, (SessionOfToken | Tombstone)[]>();
  for (const folder of sessions) {
    const description = await describeSession(folder, fs);
    const { token_id } = description;
    if (token_id === CHANNEL || (await isGone({ folder, description }))) continue;
    if (tokenId !== undefined && token_id !== tokenId) continue;
    const ofToken = byToken.get(token_id) ?? [];
    byToken.set(token_id, ofToken);
    ofToken.push({ folder, description });
  }
  for (const file of tombstones) {
    const token_id = file.tokenId;
    if (token_id === CHANNEL || (tokenId !== undefined && token_id !== tokenId)) continue;
    byToken.set(token_id, [...(byToken.get(token_id) ?? []), ...(await soundIn(file))]);
  }
  for (const [token_id, ofToken] of byToken) {
    ofToken.sort((a, b) => startOf(a) - startOf(b));
    const walk = new TokenWalk(fs);
    for (const session of ofToken) {
      if ("folder" in session) await walk.take(session);
      else walk.takePruned(session);
    }
    const spans = walk.end();
    // Nothing is known of one that has just begun.
    if (spans.length === 0 && fromUs === undefined) continue;
    const last = ofToken.findLast((session) => "folder" in session);
    const named = last?.description ?? { market: "", ...NO_NAMES };
    const { market, question, slug, outcome, end_date, event } = named;
    const from_us = fromUs ?? spans[0]?.fromUs ?? 0;
    const to_us = toUs ?? spans.at(-1)?.toUs ?? from_us;
    const cut = cutTo(spans, from_us, to_us);
    yield {
      token_id,
      market,
      question,
      slug,
      outcome,
      end_date,
      event,
      from_us,
      to_us,
      spans: cut,
    };
  }
}

interface SessionOfToken {
  readonly folder: SessionFolder;
  readonly description: SessionDescription;
}

function startOf(session: SessionOfToken | Tombstone): number {
  return "folder" in session ? session.description.start_timestamp : session.start_timestamp;
}

/** Damage is told by `verify`. */
async function soundIn(file: TombstoneFile): Promise<Tombstone[]> {
  try {
    return await file.sessions();
  } catch (error) {
    if (error instanceof PolybotError) return [];
    throw error;
  }
}

/** It was pruned meanwhile. */
async function isGone({ folder, description }: SessionOfToken): Promise<boolean> {
  return description.update_count === 0 && (await folder.isGone());
}

/** Goes through a token's sessions in time. */
class TokenWalk {
  readonly #fs: Fs;
  #ledger: TokenLedger | undefined;
  #before: Pick<SessionDescription, "session_id" | "end_reason"> | undefined;
  /** Latest receive time so far. */
  #us = 0;
  /** The last update with a hash of the book. */
  #hashed: Update | undefined;

  constructor(fs: Fs) {
    this.#fs = fs;
  }

  async take({ folder, description }: SessionOfToken): Promise<void> {
    const { predecessor } = description;
    const heldHash = this.#follows(description) ? undefined : this.#hashed?.string("hash");
    let next = description.first_sequence;
    // Damage is told by `verify`; here it is a hole in the numbers.
    const reader = new SessionReader(folder, {
      fs: this.#fs,
      onDamage: () => {},
      onGone: () => {},
    });
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

  takePruned(tombstone: Tombstone): void {
    const goesOn = this.#follows(tombstone);
    const fromUs = goesOn ? this.#us : tombstone.start_timestamp * US_PER_MS;
    const toUs = tombstone.end_timestamp * US_PER_MS;
    this.#ledger ??= new TokenLedger(fromUs, true);
    this.#ledger.pruned(fromUs, toUs);
    this.#us = Math.max(this.#us, toUs);
    this.#hashed = undefined;
  }

  /** Whether a session goes on where the one before it has ended; else there is a pause. */
  #follows(
    session: Pick<SessionDescription, "session_id" | "end_reason" | "predecessor">,
  ): boolean {
    const before = this.#before;
    this.#before = session;
    const goesOn = before !== undefined && session.predecessor === before.session_id;
    if (before !== undefined && !goesOn) {
      this.#ledger?.pause(this.#us, before.end_reason === "crash" ? "crash" : "not-recording");
    }
    return goesOn;
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
