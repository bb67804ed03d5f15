import { dirname, resolve } from "node:path";
import type { Fs } from "../ports/fs.ts";
import { channelFolder, journalFolder, marketFolder, streamFolder } from "./paths.ts";

/** Makes the folders that all sessions share, and makes them durable. */
export async function makeStore(fs: Fs, basePath: string): Promise<void> {
  await fs.makeFolders(marketFolder(basePath));
  await fs.makeFolders(channelFolder(basePath));
  await fs.makeFolders(journalFolder(basePath));
  for (const folder of [streamFolder(basePath), basePath, dirname(resolve(basePath))]) {
    await fs.syncFolder(folder);
  }
}
