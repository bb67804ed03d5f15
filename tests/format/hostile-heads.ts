/** Values that may stand anywhere in a block's head, and every place there is. */

export const HOSTILE_VALUES: readonly unknown[] = [
  ...[0, 1, -1, 1.5, 2 ** 31, 2 ** 32 - 1, 2 ** 53 - 1, 2 ** 60, Number.NaN, null, true, ""],
  ...["x", [], {}, [[]], new Uint8Array(), new Uint8Array(20), [null, null, null, null]],
];

/** The paths to every value in a tree, inner nodes included. */
export function pathsOf(tree: unknown): (string | number)[][] {
  if (typeof tree !== "object" || tree === null || tree instanceof Uint8Array) return [];
  const steps: (string | number)[] = Array.isArray(tree)
    ? tree.map((_, i) => i)
    : Object.keys(tree);
  return steps.flatMap((step) => {
    const inner = pathsOf((tree as Record<string | number, unknown>)[step]);
    return [[step], ...inner.map((path) => [step, ...path])];
  });
}
