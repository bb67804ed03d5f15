import { BlockReplay } from "../book/block-replay.ts";
import { addSpan, noCoverage } from "../book/coverage-sums.ts";
import { LEDGER_NOTE, TokenLedger } from "../book/token-ledger.ts";
import type { Implied } from "../format/block.ts";
import { type BlockColumns, blockOf } from "../format/block-reader.ts";
import type { RowListener } from "../format/judged-rows.ts";
import {
  fieldsOf,
  isProven,
  type MarketEvent,
  type UpdateType,
  VERDICTS,
  type Verdict,
} from "../format/market-event.ts";
import type { SumsOfUpdates } from "../format/metadata.ts";
import { ReceiveLag } from "../format/receive-lag.ts";

/** Where a session's updates begin. */
export interface SumsStart {
  /** Epoch microseconds. */
  readonly startUs: number;
  readonly firstSequence: number;
  /** Whether it goes on with the book of another session. */
  readonly hasBook: boolean;
}

/**
 * What metadata sums up of a session: its own coverage, as the ledger has it that is made of its
 * updates alone, and how late changes were received. Blocks go in, in order.
 */
export class SessionSums implements RowListener {
  readonly #start: SumsStart;
  readonly #lag = new ReceiveLag();
  readonly #coverage = noCoverage();
  #ledger: TokenLedger | undefined;
  /** The number of the next update. */
  #next: number;
  /** Latest receive time so far. */
  #us: number;
  /** Whether the last that the ledger heard of is a change that a hash proved. */
  #wasProof = false;
  /** The same of those that followed it: up to then all is proven, if that is not 0. */
  #provenUs = 0;

  constructor(start: SumsStart) {
    this.#start = start;
    this.#next = start.firstSequence;
    this.#us = start.startUs;
  }

  update(type: UpdateType, verdict: Verdict, receivedUs: number, venueMs: number): void {
    this.#next++;
    if (type === "price_change" && venueMs >= 0) this.#lag.add(receivedUs, venueMs);
    this.#us = Math.max(this.#us, receivedUs);
    const proves = type === "price_change" && isProven(verdict);
    // Of proofs that follow a proof, and nothing else, the last is enough.
    if (proves && this.#wasProof) {
      this.#provenUs = Math.max(this.#provenUs, receivedUs);
    } else {
      this.#ledgerFrom(receivedUs).update(type, verdict, receivedUs);
      this.#wasProof = proves;
    }
  }

  note(note: MarketEvent, receivedUs: number): void {
    const { kind, cause, from_us, to_us, last_sequence } = fieldsOf(note);
    const times = { fromUs: Number(from_us), toUs: Number(to_us) };
    this.#ledgerFrom(receivedUs).note({ kind: String(kind), cause: String(cause), ...times });
    this.#us = Math.max(this.#us, receivedUs);
    this.#next = 1 + (typeof last_sequence === "number" ? last_sequence : this.#next);
  }

  /** A block as it was read; updates from `end` on are those of a later segment. */
  take(block: BlockColumns, implied: Implied, end = Number.POSITIVE_INFINITY): void {
    const { columns, firstSequence } = block;
    const { count, heads, times, receivedUs } = columns;
    let replay: BlockReplay | undefined;
    for (let row = 0; row < count; row++) {
      const sequence = firstSequence + row;
      if (sequence >= end) return;
      if (sequence < this.#next) continue;
      const us = receivedUs[row]!;
      if (sequence > this.#next) this.#lost(us);
      this.#next = sequence;
      const { type } = heads.kind(row);
      if (type === "note") {
        replay ??= new BlockReplay(blockOf(block), implied);
        this.note(replay.event(row), us);
      } else {
        this.update(type, VERDICTS[heads.verdicts[row]!]!, us, times.ms[row]!);
      }
    }
  }

  /** When no more comes. */
  get sums(): SumsOfUpdates {
    const ledger = this.#ledgerFrom(this.#us);
    ledger.end(this.#us);
    const coverage = { ...this.#coverage };
    for (const span of ledger.spans) addSpan(coverage, span);
    return { coverage, receive_lag: this.#lag.counts };
  }

  /** Updates are missing before this time. */
  #lost(toUs: number): void {
    const note = { kind: LEDGER_NOTE.gap, cause: "damage", fromUs: this.#us, toUs };
    this.#ledgerFrom(toUs).note(note);
  }

  /** With all that was proven so far. */
  #ledgerFrom(firstUs: number): TokenLedger {
    this.#ledger ??= new TokenLedger(firstUs, this.#start.hasBook);
    if (this.#provenUs > 0) this.#ledger.update("price_change", "matched", this.#provenUs);
    this.#provenUs = 0;
    this.#wasProof = false;
    for (const span of this.#ledger.takeSettled()) addSpan(this.#coverage, span);
    return this.#ledger;
  }
}
