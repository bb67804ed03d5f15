import type { Clock, Timer } from "../ports/clock.ts";
import type { ClientSocket } from "./client-socket.ts";
import type { Feed, SubscriptionOrder } from "./feed.ts";
import { Pacer } from "./pacer.ts";
import type { Simulation } from "./simulation.ts";
import { Subscribers } from "./subscribers.ts";

const TICK_MS = 5;
const US_PER_MS = 1_000;

/** Lets a simulation run at a rate and gives its messages to who subscribed. */
export class SimulationFeed implements Feed {
  readonly #simulation: Simulation;
  readonly #clock: Clock;
  readonly #pacer: Pacer;
  readonly #timer: Timer;
  readonly #subscribers = new Subscribers<ClientSocket>();

  /** `rate` is changes per second over all markets; 0 keeps the books as they are. */
  constructor(simulation: Simulation, rate: number, clock: Clock) {
    this.#simulation = simulation;
    this.#clock = clock;
    this.#pacer = new Pacer(rate, clock.monotonicMs());
    this.#timer = clock.every(TICK_MS, () => this.#tick());
  }

  /** Books are sent for tokens that are new on the socket; an empty list has no answer. */
  subscribe(
    socket: ClientSocket,
    tokenIds: readonly string[],
    options: { readonly order: SubscriptionOrder; readonly withBooks: boolean },
  ): void {
    const fresh = [...new Set(tokenIds)].filter(
      (tokenId) => !this.#subscribers.isSubscribed(socket, tokenId),
    );
    for (const tokenId of fresh) {
      if (this.#simulation.find(tokenId) !== undefined) {
        this.#subscribers.add(socket, tokenId);
      }
    }
    if (fresh.length > 0 && options.withBooks) {
      socket.send(this.#simulation.openingBooks(fresh));
    }
  }

  unsubscribe(socket: ClientSocket, tokenIds: readonly string[]): void {
    for (const tokenId of tokenIds) {
      this.#subscribers.remove(socket, tokenId);
    }
  }

  /** A simulation does not wait for slow clients. */
  drained(): void {}

  forget(socket: ClientSocket): void {
    this.#subscribers.removeSocket(socket);
  }

  stop(): void {
    this.#timer.stop();
  }

  #tick(): void {
    const nowMs = this.#clock.nowUs() / US_PER_MS;
    const isWanted = (tokenId: string): boolean => this.#subscribers.has(tokenId);
    for (let steps = this.#pacer.due(this.#clock.monotonicMs()); steps > 0; steps -= 1) {
      for (const message of this.#simulation.step(nowMs, isWanted)) {
        for (const socket of this.#subscribers.socketsOf(message.tokenIds)) {
          socket.send(message.text);
        }
      }
    }
  }
}
