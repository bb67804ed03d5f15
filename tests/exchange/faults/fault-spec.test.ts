import { describe, expect, test } from "bun:test";
import { FAULT_KINDS, faultsOn, isFaultKind } from "../../../src/exchange/faults/fault-kinds.ts";
import {
  type FaultSpec,
  faultFromJson,
  parseFaults,
} from "../../../src/exchange/faults/fault-spec.ts";
import { PolybotError } from "../../../src/format/error.ts";

const KINDS = Object.keys(FAULT_KINDS);

/** What a bad input is told; fails if it is taken. */
function complaintOf(run: () => unknown): string {
  try {
    return `no complaint, but ${JSON.stringify(run())}`;
  } catch (error) {
    if (!(error instanceof PolybotError)) throw error;
    expect(error.code).toBe("BAD_INPUT");
    return error.message;
  }
}

describe("faults as a person writes them", () => {
  test.each<[string, FaultSpec[]]>([
    ["drop", [{ kind: "drop" }]],
    ["drop,at=30s", [{ kind: "drop", atMs: 30_000 }]],
    ["drop,at=0", [{ kind: "drop", atMs: 0 }]],
    ["close-1013,every=1.5m,socket=2", [{ kind: "close-1013", everyMs: 90_000, socket: 2 }]],
    ["half-open,every=250ms,for=1h", [{ kind: "half-open", everyMs: 250, forMs: 3_600_000 }]],
    ["malformed,p=0.001", [{ kind: "malformed", p: 0.001 }]],
    ["malformed,p=1", [{ kind: "malformed", p: 1 }]],
    ["malformed,p=0", [{ kind: "malformed", p: 0 }]],
    ["malformed,p=.5", [{ kind: "malformed", p: 0.5 }]],
    ["malformed,p=1e-5", [{ kind: "malformed", p: 0.00001 }]],
    ["delay,ms=1500,p=0.5", [{ kind: "delay", ms: 1_500, p: 0.5 }]],
    ["delay,ms=2s", [{ kind: "delay", ms: 2_000 }]],
    ["clock-step,ms=-1.5s", [{ kind: "clock-step", ms: -1_500 }]],
    ["rest-error,status=503,p=1", [{ kind: "rest-error", status: 503, p: 1 }]],
    ["stall-token,token=0123,for=1s", [{ kind: "stall-token", token: "0123", forMs: 1_000 }]],
    [
      " drop , every=30s,lost-entry, p=0.1 ,token=7,restart",
      [
        { kind: "drop", everyMs: 30_000 },
        { kind: "lost-entry", p: 0.1, token: "7" },
        { kind: "restart" },
      ],
    ],
  ])("are read: %p", (text, specs) => {
    expect(parseFaults(text)).toEqual(specs);
  });

  test.each([
    ["", '"" is unknown'],
    ["drop,", '"" is unknown'],
    ["drops", '"drops" is unknown'],
    ["Drop", '"Drop" is unknown'],
    ["toString", '"toString" is unknown'],
    ["drop;at=1s", '"drop;at=1s"'],
    ["p=0.5,drop", '"p=0.5"'],
    ["drop,at", '"at" is unknown'],
    ["drop,after=1s", '"after"'],
    ["drop,=5", 'does not take ""'],
    ["drop,toString=1", '"toString"'],
    ["drop,at =1s", '"at "'],
    ["drop,at=", "at= cannot be read"],
    ["drop,at=soon", "at=soon cannot be read"],
    ["drop,at=-1s", "at=-1s cannot be read"],
    ["drop,at=1 s", "at=1 s cannot be read"],
    ["drop,at=1w", "at=1w cannot be read"],
    ["drop,every=0", "every=0"],
    ["drop,every=0.0s", "every=0"],
    ["drop,p=2", "p=2 cannot be read"],
    ["drop,p=-0.1", "p=-0.1 cannot be read"],
    ["drop,p=", "p= cannot be read"],
    ["drop,p=often", "p=often cannot be read"],
    ["drop,p=0x1", "p=0x1 cannot be read"],
    ["drop,p=NaN", "p=NaN cannot be read"],
    ["drop,p=0.1,at=1s", "only one of p and at"],
    ["drop,at=1s,every=1s", "only one of at and every"],
    ["drop,at=1s,at=2s", "at only once"],
    ["drop,p=0,every=1s", "only one of p and every"],
    ["drop,socket=0", "socket=0 cannot be read"],
    ["drop,socket=1.5", "socket=1.5 cannot be read"],
    ["drop,socket=01", "socket=01 cannot be read"],
    ["drop,token=abc", "token=abc cannot be read"],
    ["drop,token=", "token= cannot be read"],
    ["drop,for=1s", 'drop does not take "for"'],
    ["drop,ms=5", 'drop does not take "ms"'],
    ["drop,status=500", 'drop does not take "status"'],
    ["half-open,for=long", "for=long cannot be read"],
    ["lost-entry,ms=5", 'lost-entry does not take "ms"'],
    ["delay,ms=-5", "ms must not be negative"],
    ["stale-book,ms=-1s", "ms must not be negative"],
    ["stale-book,socket=1", 'stale-book does not take "socket"'],
    ["rest-error,socket=1", 'rest-error does not take "socket"'],
    ["rest-error,status=200", "status=200 cannot be read"],
    ["rest-error,status=5000", "status=5000 cannot be read"],
    ["restart,p=0.5", '"p"'],
    ["restart,socket=2", 'restart does not take "socket"'],
    ["restart,token=7", 'restart does not take "token"'],
    ["clock-step", "clock-step wants ms="],
    ["clock-step,ms=--5", "ms=--5 cannot be read"],
    ["clock-step,p=0.5,ms=5", '"p"'],
    ["drop,at=1s,clock-step", "clock-step wants ms="],
  ])("are refused with what is wrong: %p", (text, complaint) => {
    expect(complaintOf(() => parseFaults(text))).toContain(complaint);
  });

  test("are refused with what there is instead", () => {
    const unknown = complaintOf(() => parseFaults("nothing"));
    for (const kind of KINDS) expect(unknown).toContain(kind);
    const key = complaintOf(() => parseFaults("delay,to=5s"));
    for (const known of ["p", "at", "every", "ms", "socket", "token"]) expect(key).toContain(known);
    expect(key).not.toContain("status");
  });
});

describe("faults as JSON", () => {
  test.each<[unknown, FaultSpec]>([
    [{ kind: "drop" }, { kind: "drop" }],
    [
      { kind: "drop", socket: 2, at: "1s" },
      { kind: "drop", socket: 2, atMs: 1_000 },
    ],
    [
      { kind: "drop", every: 1_500 },
      { kind: "drop", everyMs: 1_500 },
    ],
    [
      { kind: "malformed", p: 0.5 },
      { kind: "malformed", p: 0.5 },
    ],
    [
      { kind: "malformed", p: 1e-7 },
      { kind: "malformed", p: 1e-7 },
    ],
    [
      { kind: "malformed", p: "0.5" },
      { kind: "malformed", p: 0.5 },
    ],
    [
      { kind: "clock-step", ms: -5 },
      { kind: "clock-step", ms: -5 },
    ],
    [
      { kind: "rest-error", status: 404 },
      { kind: "rest-error", status: 404 },
    ],
    [
      { kind: "stall-token", token: "12" },
      { kind: "stall-token", token: "12" },
    ],
  ])("are read: %j", (value, spec) => {
    expect(faultFromJson(value)).toEqual(spec);
  });

  test.each<[unknown, string]>([
    [null, "wants an object"],
    ["drop", "wants an object"],
    [7, "wants an object"],
    [[{ kind: "drop" }], "wants an object"],
    [{}, "wants a kind"],
    [{ kind: ["drop"] }, "wants a kind"],
    [{ kind: null }, "wants a kind"],
    [{ kind: "nothing" }, '"nothing" is unknown'],
    [{ kind: "drop", kinds: "drop" }, '"kinds"'],
    [{ kind: "drop", p: null }, "for p"],
    [{ kind: "drop", p: true }, "for p"],
    [{ kind: "drop", socket: [1] }, "for socket"],
    [{ kind: "drop", at: {} }, "for at"],
    [{ kind: "drop", p: " " }, "p=  cannot be read"],
    [{ kind: "drop", p: 1.5 }, "p=1.5 cannot be read"],
    [{ kind: "drop", at: -1 }, "at=-1 cannot be read"],
    [{ kind: "drop", token: 1e77 }, "token=1e+77 cannot be read"],
    [{ kind: "restart", p: 1 }, '"p"'],
    [{ kind: "drop", p: 1, every: 5 }, "only one of p and every"],
  ])("are refused with what is wrong: %j", (value, complaint) => {
    expect(complaintOf(() => faultFromJson(value))).toContain(complaint);
  });
});

describe("the kinds of faults", () => {
  const VALUES: Readonly<Record<string, string>> = {
    p: "0.5",
    at: "1s",
    every: "2s",
    for: "3s",
    ms: "4s",
    socket: "5",
    status: "500",
    token: "6",
  };

  test.each(KINDS.map((kind) => [kind]))("take their own keys in both forms: %s", (kind) => {
    if (!isFaultKind(kind)) throw new Error(kind);
    const { takes, on } = FAULT_KINDS[kind];
    const taken: readonly string[] = ["at", "every", ...(on === "exchange" ? [] : ["p"]), ...takes];
    const needed = kind === "clock-step" ? ["ms"] : [];
    for (const [key, value] of Object.entries(VALUES)) {
      const entries = [...new Set([...needed, key])].map((name) => [name, VALUES[name] ?? value]);
      const written = [kind, ...entries.map((entry) => entry.join("="))].join(",");
      const json = { kind, ...Object.fromEntries(entries) };
      if (taken.includes(key)) {
        const [spec] = parseFaults(written);
        expect(Object.keys(spec ?? {})).toHaveLength(1 + entries.length);
        expect(faultFromJson(json)).toEqual(spec as FaultSpec);
      } else {
        expect(complaintOf(() => parseFaults(written))).toContain(`does not take "${key}"`);
        expect(complaintOf(() => faultFromJson(json))).toContain(`does not take "${key}"`);
      }
    }
  });

  test("are known by their own names only", () => {
    for (const kind of KINDS) expect(isFaultKind(kind)).toBe(true);
    for (const kind of ["", "constructor", "DROP", "drop "]) expect(isFaultKind(kind)).toBe(false);
    const places = ["socket", "text", "subscription", "book", "rest", "exchange"] as const;
    expect(places.flatMap(faultsOn).toSorted()).toEqual(KINDS.toSorted() as never[]);
  });
});
