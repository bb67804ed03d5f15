import { systemDial } from "../../../src/ports/dial.ts";
import { systemFs } from "../../../src/ports/fs.ts";
import { systemHttp } from "../../../src/ports/http.ts";
import { systemRandom } from "../../../src/ports/random.ts";
import { Recorder } from "../../../src/recorder/recorder.ts";
import { StorageWriter } from "../../../src/store/storage-writer.ts";
import { CountedFs } from "./counted-fs.ts";
import { shiftedClock } from "./shifted-clock.ts";

/**
 * A process of its own: records as the executable does, into sessions that roll at the hour, and
 * each second tells how far it is, as a line of JSON; the last one is its summary. Arguments: a
 * file with the tokens and where they are, the storage path, microseconds of the clock's shift.
 */

const [file, basePath, shift] = process.argv.slice(2);
const { wsUrl, clobUrl, gammaUrl, tokenIds } = await Bun.file(file!).json();
const clock = shiftedClock(Number(shift));
const counted = new CountedFs(systemFs);
const storagePorts = { fs: counted.fs, clock, random: systemRandom };
const writer = await StorageWriter.open({ basePath: basePath!, roll: "hour" }, storagePorts);
writer.claim(tokenIds);
const recorder = new Recorder({
  endpoints: { wsUrl, clobUrl, gammaUrl },
  tokenIds,
  writer,
  ports: { clock, dial: systemDial, http: systemHttp, random: systemRandom },
  onEvent: (level, text) => console.error(`${level}: ${text}`),
});
recorder.start();

function tell(): void {
  console.log(JSON.stringify({ ...recorder.summary(), syncs: counted.syncs }));
}

setInterval(tell, 1000);
process.on("SIGTERM", async () => {
  await recorder.stop();
  tell();
  process.exit(0);
});
