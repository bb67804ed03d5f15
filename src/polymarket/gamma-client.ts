import { PolybotError } from "../format/error.ts";
import type { Clock } from "../ports/clock.ts";
import type { Http, HttpAnswer } from "../ports/http.ts";
import type { Random } from "../ports/random.ts";
import { isRecord, parseJson } from "./json-value.ts";

/** Parameters of a request; those of a list are repeated, since Gamma splits no commas. */
export type GammaQuery = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface GammaClientOptions {
  /** Gamma's address, with or without a slash at its end. */
  readonly url: string;
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
}

const REQUEST_TIMEOUT_MS = 10_000;
/** So often is one thing asked for: with the pauses between, for four to eight seconds. */
const TRIES_MAX = 5;
const PAUSE_MIN_MS = 250;
/** The venue counts requests in ten seconds, so that it never asks for a longer pause. */
const RETRY_AFTER_MAX_MS = 60_000;
const MS_PER_SECOND = 1_000;
const NOT_FOUND = 404;
const TOO_MANY = 429;
/** A list of ids makes a long URL, of which the beginning says enough. */
const URL_SHOWN = 200;

/**
 * Asks Gamma, the venue's REST service for metadata (docs/PROTOCOL.md, "REST"), and asks again
 * what was refused for the moment: 429, 5xx, no answer at all. Pauses double and have jitter; a
 * `Retry-After` is kept to.
 */
export class GammaClient {
  readonly #options: GammaClientOptions;

  constructor(options: GammaClientOptions) {
    this.#options = { ...options, url: options.url.replace(/\/+$/, "") };
  }

  /** The JSON at `path`. Throws `GAMMA_FAILED`, naming URL and status. */
  async get(path: string, query: GammaQuery = {}): Promise<unknown> {
    const url = this.#urlOf(path, query);
    return jsonOf(url, await this.#ask(url));
  }

  /** As `get`; `undefined` where Gamma knows nothing of that name. */
  async find(path: string, query: GammaQuery = {}): Promise<unknown> {
    const url = this.#urlOf(path, query);
    const answer = await this.#ask(url);
    return answer.status === NOT_FOUND ? undefined : jsonOf(url, answer);
  }

  #urlOf(path: string, query: GammaQuery): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      for (const one of Array.isArray(value) ? value : [value])
        parameters.append(name, String(one));
    }
    const text = parameters.toString();
    return `${this.#options.url}${path}${text === "" ? "" : `?${text}`}`;
  }

  async #ask(url: string): Promise<HttpAnswer> {
    const { http, clock } = this.#options;
    for (let tries = 1; ; tries++) {
      const answer = await http(url, { timeoutMs: REQUEST_TIMEOUT_MS }).catch(errorOf);
      const isLast = tries === TRIES_MAX;
      if (answer instanceof Error) {
        if (isLast) throw unreachable(url, answer);
        await clock.sleep(this.#pauseMs(tries));
        continue;
      }
      if (isLast || !isForTheMoment(answer.status)) return answer;
      const askedMs = retryAfterMs(answer, clock.nowUs() / 1_000);
      if (askedMs !== undefined && askedMs > RETRY_AFTER_MAX_MS) return answer;
      await clock.sleep(askedMs ?? this.#pauseMs(tries));
    }
  }

  #pauseMs(tries: number): number {
    const ceiling = PAUSE_MIN_MS * 2 ** tries;
    return ceiling / 2 + (this.#options.random() * ceiling) / 2;
  }
}

function isForTheMoment(status: number): boolean {
  return status === TOO_MANY || status >= 500;
}

/** What `Retry-After` says in seconds or as a date, from `nowMs` on. */
function retryAfterMs({ retryAfter }: HttpAnswer, nowMs: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const ms = /^\d+$/.test(retryAfter)
    ? Number(retryAfter) * MS_PER_SECOND
    : Date.parse(retryAfter) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function jsonOf(url: string, { status, text }: HttpAnswer): unknown {
  const value = parseJson(text);
  if (status === 200 && value !== undefined) return value;
  const said = isRecord(value) && typeof value.error === "string" ? `: ${value.error}` : "";
  const what = status === 200 ? "something else than JSON" : `status ${status}${said}`;
  throw new PolybotError("GAMMA_FAILED", `Gamma answered ${shown(url)} with ${what}`);
}

function unreachable(url: string, cause: Error): PolybotError {
  const message = `Gamma cannot be reached at ${shown(url)}: ${cause.message}`;
  return new PolybotError("GAMMA_FAILED", message, { cause });
}

function shown(url: string): string {
  return url.length > URL_SHOWN ? `${url.slice(0, URL_SHOWN)}...` : url;
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
