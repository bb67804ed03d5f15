import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type {
  SubscriptionManagerOptions,
  WebSocketHandlers,
  WSSubscriptionManager,
} from "@nevuamarkets/poly-websockets";
import type { OrderBookCache } from "@nevuamarkets/poly-websockets/dist/modules/OrderBookCache.js";

type ManagerClass = new (
  handlers: WebSocketHandlers,
  options?: SubscriptionManagerOptions,
) => WSSubscriptionManager;

const PACKAGE = "@nevuamarkets/poly-websockets";
/** The library's one place with the venue's address, which no option changes. */
const VENUE_URL = "'wss://ws-subscriptions-clob.polymarket.com/ws/market'";

/**
 * The library as it is installed, but for the address that it connects to. Its module is run from
 * patched text, so that nothing in node_modules or of other tests is touched.
 */
export async function polyWebsockets(wsUrl: string): Promise<ManagerClass> {
  const path = join(dirname(Bun.resolveSync(PACKAGE, import.meta.dir)), "WSSubscriptionManager.js");
  const parts = (await Bun.file(path).text()).split(VENUE_URL);
  if (parts.length !== 2) throw new Error(`${path} has ${parts.length - 1} addresses, not one`);
  const exports: { WSSubscriptionManager?: ManagerClass } = {};
  const body = parts.join(JSON.stringify(wsUrl));
  new Function("exports", "require", body)(exports, createRequire(path));
  return exports.WSSubscriptionManager!;
}

/** The library's books. It shows them with its derived prices only; the cache itself is private. */
export function bookCacheOf(manager: WSSubscriptionManager): OrderBookCache {
  return (manager as unknown as { readonly bookCache: OrderBookCache }).bookCache;
}
