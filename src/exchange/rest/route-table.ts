import type { ListedVenue } from "./listed-venue.ts";
import { Refusal } from "./refusal.ts";
import type { RestRequest } from "./rest-request.ts";

/** What a route is called with. */
export interface Call {
  readonly venue: ListedVenue;
  /** Epoch milliseconds with fractions, on the venue's clock. */
  readonly nowMs: number;
  /** How far the copy of the books lies behind. */
  readonly staleMs: number;
  readonly query: URLSearchParams;
  readonly body: string;
  /** What stands in the path where the route has braces; empty without braces. */
  readonly name: string;
}

/** Gives the value that is answered as JSON, or throws a `Refusal`. */
export type Route = (call: Call) => unknown;

/** The routes of a service by method and path, such as `GET /markets/{id}`; the first one wins. */
export type Routes = Readonly<Record<string, Route>>;

interface Entry {
  readonly method: string;
  readonly segments: readonly string[];
  readonly route: Route;
}

/** Finds the route of a request. */
export class RouteTable {
  readonly #entries: readonly Entry[];

  constructor(routes: Routes) {
    this.#entries = Object.entries(routes).map(([key, route]) => {
      const [method = "", path = ""] = key.split(" ");
      return { method, segments: path.split("/"), route };
    });
  }

  /** `path` is that of the request, without the prefix of its service. Throws a `Refusal`. */
  answer(request: RestRequest, path: string, call: Omit<Call, "name">): unknown {
    const given = path.split("/");
    const here = this.#entries.filter(({ segments }) => matches(segments, given));
    const entry = here.find(({ method }) => method === request.method);
    if (entry !== undefined) return entry.route({ ...call, name: nameIn(entry.segments, given) });
    throw here.length === 0
      ? new Refusal(404, { error: "not found" })
      : new Refusal(405, { error: "method not allowed" });
  }
}

function isBraced(segment: string): boolean {
  return segment.startsWith("{");
}

function matches(segments: readonly string[], given: readonly string[]): boolean {
  return (
    segments.length === given.length &&
    segments.every((segment, index) =>
      isBraced(segment) ? given[index] !== "" : segment === given[index],
    )
  );
}

function nameIn(segments: readonly string[], given: readonly string[]): string {
  const text = given[segments.findIndex(isBraced)] ?? "";
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
