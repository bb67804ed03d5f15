import { expect, test } from "bun:test";
import { join } from "node:path";
import {
  ExchangeProcess,
  polybot,
  startRecorder,
  stopBoth,
  temporaryFolder,
} from "../polybot-process.ts";
import { expectLogEqualsStore } from "./log-equals-store.ts";

test("what arrives from an exchange with faults is stored as it arrived", async () => {
  using folder = temporaryFolder();
  const store = join(folder.path, "data");
  const log = join(folder.path, "log");
  const faults = ["--fault", "lost-entry,p=0.1", "--fault", "reorder,p=0.05,delay,p=0.01,ms=50ms"];
  const flags = ["--markets", "3", "--rate", "200", "--oddities", "10", "--log", log];
  const exchange = await ExchangeProcess.start(...flags, ...faults);
  const recorder = startRecorder(exchange, exchange.tokenIds, store);
  await recorder.until(({ stderr }) => stderr.includes("subscribed"));
  await Bun.sleep(700);
  const { control_url } = exchange.ready;
  const body = JSON.stringify({ kind: "close-1013" });
  const added = await fetch(`${control_url}/faults`, { method: "POST", body });
  expect(await added.json()).toMatchObject({ kind: "close-1013", struck: 1 });
  await recorder.until(({ stderr }) => stderr.split("subscribed").length > 2);
  await Bun.sleep(700);
  const { code, stderr } = await stopBoth(exchange, recorder);
  expect(stderr).toContain("1013");
  expect(stderr).toContain(" 1 reconnects");
  expect(code).toBe(3);
  const { messages } = await expectLogEqualsStore(log, store, exchange.tokenIds);
  expect(messages).toBeGreaterThan(50);
  const told = await Bun.file(log).text();
  for (const fault of ["lost-entry", "reorder", "close-1013"]) {
    expect(told).toContain(`"fault":"${fault}"`);
  }
});

test("a suspect book is a loss: exit code 3, and a note in its session", async () => {
  using folder = temporaryFolder();
  const store = join(folder.path, "data");
  const faults = ["--fault", "lost-entry,p=0.3"];
  const exchange = await ExchangeProcess.start("--markets", "2", "--rate", "100", ...faults);
  const recorder = startRecorder(exchange, exchange.tokenIds, store);
  await recorder.until(({ stderr }) => stderr.includes("is not the venue's"));
  const { code, stderr } = await stopBoth(exchange, recorder);
  expect(code).toBe(3);
  expect(stderr).toContain(" 0 reconnects");
  expect(stderr).toMatch(/ [1-9]\d* suspect,/);
  const { stdout } = await polybot(["cat", store, "--json"]);
  expect(stdout).toContain('"kind":"suspect","cause":"diverged"');
});
