import { seededRandom } from "../../../src/ports/random.ts";
import { MarketMessages } from "./market-messages.ts";

/**
 * A process of its own: makes messages, says where it listens, and sends them to its one client
 * as fast as that takes them. Arguments: markets, levels, messages.
 */

const [markets = 10, levels = 100, count = 100_000] = process.argv.slice(2).map(Number);
const source = new MarketMessages(markets, levels, seededRandom(1));
const texts = [...source.books(), ...source.next(count)];
let next = 0;

function send(socket: Bun.ServerWebSocket<undefined>): void {
  while (next < texts.length) {
    // What the socket could not take yet goes on when it has drained.
    if (socket.send(texts[next++]!) <= 0) return;
  }
  if (next === texts.length) {
    next++;
    socket.close();
  }
}

const server = Bun.serve({
  port: 0,
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("", { status: 400 })),
  websocket: { open: send, drain: send, message() {} },
});
console.log(JSON.stringify({ port: server.port, tokens: source.tokenIds }));
