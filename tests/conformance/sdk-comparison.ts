import { PONG } from "../../src/polymarket/messages.ts";
import { eventDigest } from "./event-digest.ts";
import { judged } from "./judged-element.ts";
import { sentElements } from "./sent-elements.ts";
import type { SentText } from "./sent-texts.ts";

const PROBLEMS_MAX = 20;
const EXCERPT_CHARS = 300;

/** Holds an exchange's log against what the SDK delivered, element by element. */
export class SdkComparison {
  readonly sent: Record<string, number> = {};
  readonly problems: string[] = [];
  pongs = 0;
  readonly #delivered: readonly bigint[];
  readonly #sockets = new Set<number>();
  #next = 0;
  #unlisted = 0;

  /** Takes the digests of the events that were delivered, in order. */
  constructor(delivered: readonly bigint[]) {
    this.#delivered = delivered;
  }

  take({ socket, text }: SentText): void {
    this.#sockets.add(socket);
    if (text === PONG) this.pongs++;
    for (const element of sentElements(text)) this.#takeElement(element);
  }

  finish(): void {
    const extra = this.#delivered.length - this.#next;
    if (extra > 0) this.#note(`${extra} events were delivered that were not sent, or out of order`);
    if (this.#sockets.size !== 1) this.#note(`the SDK connected ${this.#sockets.size} times`);
    if (this.#unlisted > 0) this.problems.push(`and ${this.#unlisted} more`);
  }

  #takeElement(element: unknown): void {
    const type = typeOf(element);
    this.sent[type] = (this.sent[type] ?? 0) + 1;
    const judgement = judged(element);
    if ("refusal" in judgement) {
      this.#note(`${type} refused: ${judgement.refusal}: ${excerpt(element)}`);
    } else if (this.#delivered[this.#next] === eventDigest(judgement.event)) {
      this.#next++;
    } else {
      this.#note(`${type} fits the schema and was not delivered: ${excerpt(element)}`);
    }
  }

  #note(problem: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(problem);
    else this.#unlisted++;
  }
}

function typeOf(element: unknown): string {
  const isObject = typeof element === "object" && element !== null;
  return isObject && "event_type" in element ? String(element.event_type) : "untyped";
}

function excerpt(element: unknown): string {
  return JSON.stringify(element).slice(0, EXCERPT_CHARS);
}
