import { basename, dirname, join, resolve } from "node:path";
import { PolybotError } from "../format/error.ts";
import { type Fs, systemFs } from "../ports/fs.ts";
import {
  channelFolder,
  isSessionId,
  isTokenId,
  MARKET_FOLDER,
  marketFolder,
  streamFolder,
  TOMBSTONES_NAME,
  UPDATES_FOLDER,
} from "../store/paths.ts";
import { SessionFolder } from "./session-folder.ts";
import { TombstoneFile } from "./tombstone-file.ts";

/**
 * What a store argument names: a storage path, one token's or one session's folder in it, or a
 * lone segment. Opening reads nothing but folder names.
 */
export class Store {
  readonly path: string;
  readonly #fs: Fs;

  constructor(path: string, fs: Fs = systemFs) {
    if (path === "") throw notAStore('""', "it is no path");
    this.path = resolve(path);
    this.#fs = fs;
  }

  /** The sessions: by token, each token's in time, the channel's last. `NOT_A_STORE` if none can be. */
  async sessions(): Promise<SessionFolder[]> {
    const path = this.path;
    const stat = await this.#fs.stat(path);
    if (stat === undefined) throw notAStore(path, "there is no such file or folder");
    if (stat.kind === "file") {
      if (!path.endsWith(".bin")) throw notAStore(path, "it is a file, but no .bin file");
      if (basename(path) === TOMBSTONES_NAME) return [];
      return [new SessionFolder(this.#fs, dirname(path), basename(path))];
    }
    if ((await this.#fs.stat(streamFolder(path))) !== undefined) return this.#all(path);
    if (await this.#isSession(path)) return [new SessionFolder(this.#fs, path)];
    const ofToken = await this.#sessionsIn(path);
    const isToken = isTokenId(basename(path)) && basename(dirname(path)) === MARKET_FOLDER;
    if (ofToken.length > 0 || isToken) return ofToken;
    throw notAStore(path, "it has no stream folder and is no token's or session's folder");
  }

  /** What is remembered of pruned sessions: a file for each token, the channel's last. */
  async tombstones(): Promise<TombstoneFile[]> {
    const path = this.path;
    if (basename(path) === TOMBSTONES_NAME) return [new TombstoneFile(this.#fs, dirname(path))];
    const folders: string[] = [];
    if ((await this.#fs.stat(streamFolder(path))) === undefined) folders.push(path);
    else {
      for (const parent of [marketFolder(path), channelFolder(path)]) {
        folders.push(...(await this.#fs.list(parent)).map((name) => join(parent, name)));
      }
    }
    const files: TombstoneFile[] = [];
    for (const folder of folders) {
      const file = new TombstoneFile(this.#fs, folder);
      if ((await this.#fs.stat(file.path)) !== undefined) files.push(file);
    }
    return files;
  }

  async #all(basePath: string): Promise<SessionFolder[]> {
    const sessions: SessionFolder[] = [];
    for (const parent of [marketFolder(basePath), channelFolder(basePath)]) {
      for (const name of await this.#fs.list(parent)) {
        sessions.push(...(await this.#sessionsIn(join(parent, name))));
      }
    }
    return sessions;
  }

  async #sessionsIn(folder: string): Promise<SessionFolder[]> {
    const names = (await this.#fs.list(folder)).filter(isSessionId);
    return names.map((name) => new SessionFolder(this.#fs, join(folder, name)));
  }

  async #isSession(path: string): Promise<boolean> {
    if (!isSessionId(basename(path)) && !(await this.#fs.stat(join(path, UPDATES_FOLDER)))) {
      return false;
    }
    return (await this.#fs.stat(path))?.kind === "folder";
  }
}

function notAStore(path: string, reason: string): PolybotError {
  return new PolybotError("NOT_A_STORE", `${path} is no polybot store: ${reason}`, {
    path,
    hint: "name the storage path, a token's or session's folder in it, or a .bin file",
  });
}
