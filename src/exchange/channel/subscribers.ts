/** Who subscribed to what: tokens to sockets, and back. */
export class Subscribers<Socket> {
  readonly #byToken = new Map<string, Set<Socket>>();
  readonly #bySocket = new Map<Socket, Set<string>>();

  has(tokenId: string): boolean {
    return this.#byToken.has(tokenId);
  }

  isSubscribed(socket: Socket, tokenId: string): boolean {
    return this.#byToken.get(tokenId)?.has(socket) ?? false;
  }

  /** How many tokens a socket has subscribed. */
  count(socket: Socket): number {
    return this.#bySocket.get(socket)?.size ?? 0;
  }

  tokensOf(socket: Socket): readonly string[] {
    return [...(this.#bySocket.get(socket) ?? [])];
  }

  add(socket: Socket, tokenId: string): void {
    this.#setOf(this.#byToken, tokenId).add(socket);
    this.#setOf(this.#bySocket, socket).add(tokenId);
  }

  remove(socket: Socket, tokenId: string): void {
    this.#removeFrom(this.#byToken, tokenId, socket);
    this.#removeFrom(this.#bySocket, socket, tokenId);
  }

  removeSocket(socket: Socket): void {
    for (const tokenId of this.#bySocket.get(socket) ?? []) {
      this.#removeFrom(this.#byToken, tokenId, socket);
    }
    this.#bySocket.delete(socket);
  }

  /** Every socket that subscribed to any of the tokens, once. */
  socketsOf(tokenIds: readonly string[]): Set<Socket> {
    const sockets = new Set<Socket>();
    for (const tokenId of tokenIds) {
      for (const socket of this.#byToken.get(tokenId) ?? []) {
        sockets.add(socket);
      }
    }
    return sockets;
  }

  #setOf<Key, Value>(sets: Map<Key, Set<Value>>, key: Key): Set<Value> {
    const known = sets.get(key);
    if (known !== undefined) {
      return known;
    }
    const added = new Set<Value>();
    sets.set(key, added);
    return added;
  }

  /** Empty sets go, so that `has` is one lookup and nothing grows with past clients. */
  #removeFrom<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): void {
    const values = sets.get(key);
    values?.delete(value);
    if (values?.size === 0) {
      sets.delete(key);
    }
  }
}
