import { systemClock } from "../../src/ports/clock.ts";
import { type Fs, systemFs } from "../../src/ports/fs.ts";
import type { Http } from "../../src/ports/http.ts";
import { systemRandom } from "../../src/ports/random.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import { Recorder } from "../../src/recorder/recorder.ts";
import type { StorageConfig } from "../../src/store/storage-config.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import type { PrintedUpdate } from "../expected-updates.ts";
import { ScriptedPeer } from "../scripted-peer.ts";

export interface InProcessRecorder {
  readonly peer: ScriptedPeer;
  readonly recorder: Recorder;
  readonly writer: StorageWriter;
  readonly troubles: string[];
}

export interface InProcessOptions {
  readonly fs?: Fs;
  readonly http?: Http;
  readonly tokensPerSocket?: number;
  readonly isWaiting?: boolean;
}

const noHttp: Http = () => Promise.reject(new Error("there is no REST here"));

/** A recorder that is connected to a scripted peer; REST answers nothing unless told. */
export async function startInProcess(
  tokenIds: readonly string[],
  config: StorageConfig,
  { fs = systemFs, http = noHttp, tokensPerSocket, isWaiting = false }: InProcessOptions = {},
): Promise<InProcessRecorder> {
  const peer = new ScriptedPeer();
  const troubles: string[] = [];
  const writer = await StorageWriter.open(config, { fs, clock: systemClock, random: systemRandom });
  writer.claim(tokenIds);
  const recorder = new Recorder({
    endpoints: { wsUrl: "ws://peer", clobUrl: "http://peer", gammaUrl: "http://peer" },
    tokenIds,
    ...(tokensPerSocket !== undefined && { tokensPerSocket }),
    writer,
    isWaiting,
    ports: {
      clock: systemClock,
      dial: peer.dial,
      http,
      random: systemRandom,
    },
    onEvent: (level, text) => {
      if (level === "warn") troubles.push(text);
    },
  });
  recorder.start();
  peer.socket.opened();
  return { peer, recorder, writer, troubles };
}

/** All updates of a store as `cat --json` prints them, without going through text. */
export async function readAll(basePath: string): Promise<PrintedUpdate[]> {
  const printed: PrintedUpdate[] = [];
  for (const session of await new Store(basePath).folders()) {
    for await (const update of new SessionReader(session)) {
      printed.push({ ...update, data: update.data });
    }
  }
  return printed;
}
