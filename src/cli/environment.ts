/** Flags that the environment may set; a flag on the command line wins. */
const NAMES: Readonly<Record<string, string>> = {
  "ws-url": "POLYBOT_WS_URL",
  "clob-url": "POLYBOT_CLOB_URL",
  "gamma-url": "POLYBOT_GAMMA_URL",
  "storage-path": "POLYBOT_STORAGE_PATH",
};

export function environmentName(flag: string): string | undefined {
  return NAMES[flag];
}

/** The flag's value, else the environment's, else the default. */
export function flagOrEnvironment(
  flag: string,
  value: string | undefined,
  fallback: string,
): string {
  return value ?? (process.env[NAMES[flag] ?? ""] || fallback);
}
