import { basename, dirname, join, resolve } from "node:path";
import { PolybotError } from "../format/error.ts";
import type { SessionMetadata } from "../format/metadata.ts";
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
import { coverage, type TokenCoverage } from "./coverage.ts";
import { type MergedItem, merge } from "./merge.ts";
import type { RecordedBook } from "./recorded-book.ts";
import { describeSession } from "./session-description.ts";
import { SessionFolder } from "./session-folder.ts";
import { SessionReader, type SessionReaderOptions } from "./session-reader.ts";
import { type SessionSelection, selects } from "./session-selection.ts";
import { type Time, timeUs } from "./time.ts";
import { TombstoneFile } from "./tombstone-file.ts";
import type { TimeKind } from "./update-filter.ts";

export interface BookQuestion {
  /** Token id. */
  readonly token: string;
  readonly time: Time;
  /** Whose time that is; the recorder's unless told. */
  readonly clock?: TimeKind | undefined;
}

const US_PER_MS = 1000;

interface SelectedSession
  extends Pick<
    SessionMetadata,
    "session_id" | "start_timestamp" | "end_timestamp" | "predecessor"
  > {
  readonly folder: SessionFolder;
}

/**
 * What a store argument names: a storage path, one token's or one session's folder in it, or a
 * lone segment. It may be written meanwhile.
 *
 * ```ts
 * const store = await Store.open("./data");
 * const book = await store.bookAt({ token, time: "2026-11-22T13:00:00Z" });
 * ```
 */
export class Store {
  readonly path: string;
  readonly #fs: Fs;
  /** Readers that keep where the blocks of their sessions are, by the sessions' paths. */
  readonly #readers = new Map<string, SessionReader>();

  constructor(path: string, fs: Fs = systemFs) {
    if (path === "") throw notAStore('""', "it is no path");
    this.path = resolve(path);
    this.#fs = fs;
  }

  /** The store at a path. Throws `NOT_A_STORE`. */
  static async open(path: string, fs: Fs = systemFs): Promise<Store> {
    const store = new Store(path, fs);
    await store.folders();
    return store;
  }

  /**
   * The sessions that are meant: by token, each token's in time, the channel's last. Throws
   * `NOT_A_STORE`.
   */
  async sessions(
    selection: SessionSelection = {},
    options: Omit<SessionReaderOptions, "fs"> = {},
  ): Promise<SessionReader[]> {
    const own = { ...options, fs: this.#fs };
    return (await this.#selected(selection)).map(({ folder }) => new SessionReader(folder, own));
  }

  /**
   * What the sessions that are meant hold as one stream in receive order, with the venue's messages
   * put together again. Throws `NOT_A_STORE`, and `BAD_INPUT` for a wrong time.
   */
  async *merge(selection: SessionSelection = {}): AsyncGenerator<MergedItem> {
    yield* merge(await this.sessions(selection), selection);
  }

  /**
   * The book of a token at a moment, of the session that recorded it last; `undefined` where none
   * was recorded, as between two sessions. Throws `BAD_INPUT` for a wrong time.
   */
  async bookAt({ token, time, clock }: BookQuestion): Promise<RecordedBook | undefined> {
    const us = timeUs(time);
    const sessions = await this.#selected({ token });
    // Up to the first update of the session that goes on, the last book of the one before stands.
    const ends = new Map(sessions.map((next) => [next.predecessor, next.start_timestamp + 1]));
    const latest = sessions.toSorted((a, b) => b.start_timestamp - a.start_timestamp);
    for (const { folder, session_id, end_timestamp } of latest) {
      const endMs = end_timestamp === null ? Number.POSITIVE_INFINITY : end_timestamp + 1;
      if (us >= (ends.get(session_id) ?? endMs) * US_PER_MS) continue;
      const reader = this.#readers.get(folder.path) ?? new SessionReader(folder, { fs: this.#fs });
      this.#readers.set(folder.path, reader);
      const book = await reader.bookAt(us, clock);
      if (book !== undefined) return book;
    }
    return undefined;
  }

  /** Of each token that is meant, what was recorded and how well it is proven. */
  async *coverage({
    from,
    to,
    ...selection
  }: SessionSelection = {}): AsyncGenerator<TokenCoverage> {
    const folders: SessionFolder[] = [];
    for (const { folder } of await this.#selected(selection)) folders.push(folder);
    const tokens = new Set(folders.map(({ path }) => basename(dirname(path))));
    const { token, market, event } = selection;
    const isAny = token === undefined && market === undefined && event === undefined;
    const tombstones = (await this.tombstones()).filter(
      ({ tokenId }) => isAny || tokenId === token || tokens.has(tokenId),
    );
    const range = {
      ...(from !== undefined && { fromUs: timeUs(from) }),
      ...(to !== undefined && { toUs: timeUs(to) }),
    };
    yield* coverage(folders, { tombstones, fs: this.#fs, ...range });
  }

  /** The folders of all sessions, in the order of `sessions`; no file is opened. */
  async folders(): Promise<SessionFolder[]> {
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

  async #selected(selection: SessionSelection): Promise<SelectedSession[]> {
    const isMeant = selects(selection);
    const { token } = selection;
    const selected: SelectedSession[] = [];
    for (const folder of await this.folders()) {
      // Whose a token's folder is, its name says.
      const parent = basename(dirname(folder.path));
      if (token !== undefined && isTokenId(parent) && parent !== token) continue;
      // A lone segment says nothing of its session's other ones.
      const metadata = folder.isLone ? undefined : await folder.soundMetadata();
      const described = metadata ?? (await describeSession(folder, this.#fs));
      if (!isMeant(described)) continue;
      const { session_id, start_timestamp, end_timestamp, predecessor } = described;
      selected.push({ folder, session_id, start_timestamp, end_timestamp, predecessor });
    }
    return selected;
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
