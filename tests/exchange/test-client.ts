/** A market-channel client for tests: texts can be awaited one by one. */
export class TestClient {
  readonly texts: string[] = [];
  /** Settles with the close frame's code and reason. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  #taken = 0;
  #wake: () => void = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      this.texts.push(String(event.data));
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
    });
  }

  static async connect(url: string): Promise<TestClient> {
    const socket = new WebSocket(url);
    const client = new TestClient(socket);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", reject);
    });
    return client;
  }

  send(request: string | object): void {
    this.#socket.send(typeof request === "string" ? request : JSON.stringify(request));
  }

  subscribe(tokenIds: readonly string[]): void {
    this.send({ assets_ids: tokenIds, type: "market" });
  }

  /** The next text that was not taken yet. */
  async next(): Promise<string> {
    while (this.texts.length <= this.#taken) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#taken += 1;
    return this.texts[this.#taken - 1] ?? "";
  }

  async take(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) {
      texts.push(await this.next());
    }
    return texts;
  }

  close(): void {
    this.#socket.close();
  }
}
