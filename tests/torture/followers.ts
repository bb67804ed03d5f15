import { followRecorders } from "../crash/followed-recorders.ts";
import { temporaryFolder } from "../polybot-process.ts";

/** Ten minutes in which four processes follow what recorders write, and all are killed at times. */

const SECONDS = 600;
const RECORDER_S = 20;
const FOLLOWER_S = 60;

export async function run(): Promise<string[]> {
  using folder = temporaryFolder();
  const seed = Math.floor(Math.random() * 1e9);
  console.log(`  seed ${seed}`);
  const lives = { recorderS: RECORDER_S, followerS: FOLLOWER_S };
  const followed = await followRecorders({ seed, seconds: SECONDS, folder: folder.path, ...lives });
  const { recorders, followers, updates, printed, segments } = followed;
  return [
    `${SECONDS} s, ${recorders} recorders, ${followers} followers`,
    `${updates} updates in ${segments} segments, ${printed} printed`,
    "each follower's output is a beginning of what the sealed store holds",
  ];
}
