import { PolybotError } from "../format/error.ts";
import { isTokenId } from "../store/paths.ts";

/**
 * The token ids of a file, `-` for standard input: one a line, what follows a `#` is a comment.
 * Throws `BAD_INPUT` for a file that cannot be read or a line that is none, naming it.
 */
export async function assetsIn(file: string): Promise<string[]> {
  const lines = (await textOf(file)).split("\n").map((line) => line.replace(/#.*/, "").trim());
  const wrong = lines.findIndex((line) => line !== "" && !isTokenId(line));
  if (wrong >= 0) {
    const what = `"${lines[wrong]}" is no token id`;
    throw new PolybotError("BAD_INPUT", `${file}, line ${wrong + 1}: ${what}`, { path: file });
  }
  return lines.filter((line) => line !== "");
}

async function textOf(file: string): Promise<string> {
  try {
    return await (file === "-" ? Bun.stdin : Bun.file(file)).text();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PolybotError("BAD_INPUT", `cannot read ${file}: ${why}`, { path: file, cause });
  }
}
