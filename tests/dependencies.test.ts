import { expect, test } from "bun:test";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "..");

/** `@scope/name/file` and `name/file` both belong to a package. */
function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

test("the executable is made of no packages but the dependencies", async () => {
  const { dependencies } = await Bun.file(join(ROOT, "package.json")).json();
  const runtime = [...builtinModules, "bun"];
  const foreign: string[] = [];
  for (const file of new Glob("src/**/*.ts").scanSync(ROOT)) {
    const text = await Bun.file(join(ROOT, file)).text();
    const code = text.replace(/^#!.*/, "");
    for (const { path } of new Bun.Transpiler({ loader: "ts" }).scanImports(code)) {
      const isOurs = path.startsWith(".") || path.startsWith("node:") || path.startsWith("bun:");
      if (!isOurs && !runtime.includes(path) && !(packageOf(path) in dependencies)) {
        foreign.push(`${file} -> ${path}`);
      }
    }
  }
  expect(foreign).toEqual([]);
});

test("every package is pinned to an exact version", async () => {
  const { dependencies, devDependencies } = await Bun.file(join(ROOT, "package.json")).json();
  const versions = Object.entries({ ...dependencies, ...devDependencies });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
});
