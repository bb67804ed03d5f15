import type { Random } from "../../ports/random.ts";
import type { Agenda } from "../agenda.ts";
import { pick } from "../market/pick.ts";
import { FAULT_KINDS, type FaultKind } from "./fault-kinds.ts";
import type { FaultSpec } from "./fault-spec.ts";

/** A fault that was asked for, and what became of it. */
export interface PlannedFault {
  readonly id: number;
  readonly spec: FaultSpec;
  /** How often it struck. */
  readonly struck: number;
}

/** Where an occasion is: at a socket's text or book, or at an answer of REST. */
export interface Occasion {
  readonly socket?: number;
  readonly tokenIds?: readonly string[];
}

/** What faults without an occasion of their own are done by. */
export interface FaultEffects {
  /** False when there is no socket to strike. */
  strikeSocket(spec: FaultSpec): boolean;
  strikeExchange(spec: FaultSpec): void;
}

class Fault implements PlannedFault {
  readonly id: number;
  readonly spec: FaultSpec;
  struck = 0;
  /** It takes the next occasion, whatever that is. */
  isDue = false;
  isOver = false;

  constructor(id: number, spec: FaultSpec) {
    this.id = id;
    this.spec = spec;
  }

  /** False between its times, and once it is spent: occasions need not ask. */
  get mayStrike(): boolean {
    return this.isDue || this.spec.p !== undefined;
  }
}

/** All faults of an exchange, drawn and planned: the same seed strikes the same occasions. */
export class Faults {
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #effects: FaultEffects;
  readonly #faults = new Map<number, Fault>();
  readonly #startMs: number;
  #added = 0;

  constructor(agenda: Agenda, random: Random, effects: FaultEffects) {
    this.#agenda = agenda;
    this.#random = random;
    this.#effects = effects;
    this.#startMs = agenda.nowMs;
  }

  /** True while nothing can strike at an occasion. */
  get isIdle(): boolean {
    return !this.#faults.values().some(({ mayStrike }) => mayStrike);
  }

  list(): PlannedFault[] {
    return [...this.#faults.values()];
  }

  add(spec: FaultSpec): PlannedFault {
    this.#added += 1;
    const fault = new Fault(this.#added, spec);
    this.#faults.set(fault.id, fault);
    if (spec.everyMs !== undefined) this.#repeat(fault, spec.everyMs);
    else if (spec.atMs !== undefined) {
      this.#agenda.at(this.#startMs + spec.atMs, () => this.#fallDue(fault));
    } else if (spec.p === undefined) this.#fallDue(fault);
    return fault;
  }

  /** False if there is no such fault. What it did so far stays done. */
  remove(id: number): boolean {
    const fault = this.#faults.get(id);
    if (fault !== undefined) fault.isOver = true;
    return this.#faults.delete(id);
  }

  removeAll(): void {
    for (const id of this.#faults.keys()) this.remove(id);
  }

  /** True while a fault of this kind can strike: its occasions are worth looking at. */
  plans(kind: FaultKind): boolean {
    return this.#faults.values().some(({ spec, mayStrike }) => mayStrike && spec.kind === kind);
  }

  /** True where something that happens with this probability happens. */
  happens(probability: number): boolean {
    return this.#random() < probability;
  }

  /** One of `choices`, drawn so that a fault takes nothing from the story's own numbers. */
  draw<T>(choices: readonly T[]): T | undefined {
    return pick(this.#random, choices);
  }

  /** The fault of this kind that strikes at this occasion, if any does. */
  strikes(kind: FaultKind, occasion: Occasion): FaultSpec | undefined {
    for (const fault of this.#faults.values()) {
      const { spec } = fault;
      if (spec.kind !== kind || !concerns(spec, occasion)) continue;
      if (fault.isDue) fault.isDue = false;
      else if (spec.p === undefined || this.#random() >= spec.p) continue;
      fault.struck += 1;
      return spec;
    }
    return undefined;
  }

  #repeat(fault: Fault, everyMs: number): void {
    this.#agenda.after(everyMs, () => {
      this.#fallDue(fault);
      if (!fault.isOver) this.#repeat(fault, everyMs);
    });
  }

  #fallDue(fault: Fault): void {
    if (fault.isOver) return;
    const { spec } = fault;
    const { on } = FAULT_KINDS[spec.kind];
    if (on === "exchange") {
      fault.struck += 1;
      this.#effects.strikeExchange(spec);
    } else if (on === "socket") {
      if (this.#effects.strikeSocket(spec)) fault.struck += 1;
      else if (spec.everyMs === undefined) fault.isDue = true;
    } else {
      // Occasions are not saved up while there are none.
      fault.isDue = true;
    }
  }
}

function concerns({ socket, token }: FaultSpec, occasion: Occasion): boolean {
  const isSocket = socket === undefined || occasion.socket === socket;
  return isSocket && (token === undefined || occasion.tokenIds?.includes(token) === true);
}
