import { PolybotError } from "../format/error.ts";
import type { Exchange } from "./exchange.ts";
import { faultFromJson } from "./faults/fault-spec.ts";
import type { PlannedFault } from "./faults/faults.ts";
import { RECIPE_NAMES } from "./market/book-summary.ts";
import { replayState, steerReplay } from "./replay/replay-control.ts";
import { jsonAnswer, type RestAnswer } from "./rest/rest-answer.ts";
import type { RestRequest } from "./rest/rest-request.ts";

export const CONTROL_PREFIX = "/control";

const FAULTS_PATH = `${CONTROL_PREFIX}/faults`;
const RECIPE_PATH = `${CONTROL_PREFIX}/recipe`;
const REPLAY_PATH = `${CONTROL_PREFIX}/replay`;

/**
 * Steers an exchange while it runs: `GET /control` tells its state; `POST /control/faults` adds
 * a fault, `DELETE /control/faults/N` or `DELETE /control/faults` ends one or all;
 * `POST /control/recipe` changes what is hashed; and `POST /control/replay` pauses a replay, lets it
 * go on, changes its speed, or goes to another time.
 */
export class Control {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  answer(request: RestRequest): RestAnswer {
    this.#exchange.agenda.catchUp();
    try {
      const answer = this.#route(request);
      return answer === undefined ? NOT_FOUND : jsonAnswer(answer);
    } catch (error) {
      if (!(error instanceof PolybotError)) throw error;
      return jsonAnswer({ error: error.message }, BAD_REQUEST);
    }
  }

  #route({ method, path, body }: RestRequest): unknown {
    const { faults } = this.#exchange;
    if (method === "GET" && path === CONTROL_PREFIX) return this.#state();
    if (method === "POST" && path === FAULTS_PATH)
      return shown(this.#exchange.addFault(faultOf(body)));
    if (method === "POST" && path === RECIPE_PATH) return this.#setRecipe(body);
    if (method === "POST" && path === REPLAY_PATH && this.#exchange.replay !== undefined) {
      return steerReplay(this.#exchange.replay, jsonOf(body));
    }
    if (method !== "DELETE") return undefined;
    if (path === FAULTS_PATH) {
      faults.removeAll();
      return [];
    }
    const [, id] = /^\/control\/faults\/([1-9]\d*)$/.exec(path) ?? [];
    return faults.remove(Number(id)) ? faults.list().map(shown) : undefined;
  }

  #state(): unknown {
    const { conditions, faults, clients, agenda, isDown, replay } = this.#exchange;
    return {
      now_ms: Math.floor(agenda.nowMs),
      ...(replay && { replay: replayState(replay) }),
      is_down: isDown,
      recipe: conditions.recipe,
      clock_step_ms: conditions.clockStepMs,
      sockets: clients.map((client) => ({
        socket: client.socket.number,
        tokens: this.#exchange.tokensOf(client).length,
        unsent_bytes: client.socket.unsentBytes,
      })),
      faults: faults.list().map(shown),
    };
  }

  #setRecipe(body: string): unknown {
    const wanted = (jsonOf(body) as { recipe?: unknown } | null)?.recipe;
    const recipe = RECIPE_NAMES.find((name) => name === String(wanted));
    if (recipe === undefined) {
      throw new PolybotError("BAD_INPUT", `a recipe is one of ${RECIPE_NAMES.join(", ")}`);
    }
    this.#exchange.conditions.recipe = recipe;
    return { recipe };
  }
}

const BAD_REQUEST = 400;
const NOT_FOUND = jsonAnswer({ error: "not found" }, 404);

/** With the keys that a fault is asked for by; times in milliseconds. */
function shown({ id, spec, struck }: PlannedFault) {
  const { atMs: at, everyMs: every, forMs, ...rest } = spec;
  return { id, ...rest, at, every, for: forMs, struck };
}

function faultOf(body: string) {
  return faultFromJson(jsonOf(body));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PolybotError("BAD_INPUT", "the body is no JSON");
  }
}
