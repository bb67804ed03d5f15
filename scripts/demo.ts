import { join } from "node:path";
import { parseArgs } from "node:util";

/** The demo: exchange, recorder and readers as separate processes, as a user would run them. */

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    binary: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);
if (!(seconds > 0)) {
  console.error(`error: --seconds wants a number above 0, not "${values.seconds}"`);
  process.exit(2);
}

const root = join(import.meta.dir, "..");
const polybot = values.binary
  ? [join(root, "dist/polybot")]
  : [process.execPath, join(root, "src/main.ts")];
const folder = join(process.cwd(), "demo-data");

interface Ready {
  readonly ws_url: string;
  readonly gamma_url: string;
  readonly markets: readonly { readonly tokens: readonly { readonly token_id: string }[] }[];
}

/** Runs a command to its end, showing its output; a failure ends the demo. */
async function show(...args: string[]): Promise<void> {
  console.log(`\n$ polybot ${args.join(" ")}`);
  const code = await Bun.spawn([...polybot, ...args], { stdio: ["ignore", "inherit", "inherit"] })
    .exited;
  if (code !== 0) process.exit(code);
}

const exchange = Bun.spawn([...polybot, "simulate", "--markets", "5", "--rate", "200"], {
  stdio: ["ignore", "pipe", "inherit"],
});
process.on("exit", () => exchange.kill());
const { value: firstOutput } = await exchange.stdout.getReader().read();
const ready = JSON.parse(new TextDecoder().decode(firstOutput)) as Ready;
const tokens = ready.markets.flatMap((market) => market.tokens.map((token) => token.token_id));

console.log(`recording ${tokens.length} tokens of the built-in exchange for ${seconds} s`);
const recorder = Bun.spawn(
  [
    ...[...polybot, "stream", "--assets", tokens.join(","), "--enable-storage"],
    ...["--storage-path", folder, "--storage-max-file-mb", "100"],
    ...["--ws-url", ready.ws_url, "--gamma-url", ready.gamma_url],
  ],
  { stdio: ["ignore", "inherit", "inherit"] },
);
await Promise.race([Bun.sleep(seconds * 1000), recorder.exited]);
recorder.kill("SIGTERM");
const code = await recorder.exited;
if (code !== 0) process.exit(code);

await show("verify", folder);
await show("info", folder);

console.log(`\n$ polybot cat ${folder} | head -5`);
const cat = Bun.spawn([...polybot, "cat", folder], { stdio: ["ignore", "pipe", "inherit"] });
const text = await new Response(cat.stdout).text();
console.log(text.split("\n").slice(0, 5).join("\n"));
console.log(`\nrecorded into ${folder}`);
process.exit(0);
