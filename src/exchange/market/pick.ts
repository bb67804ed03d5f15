import type { Random } from "../../ports/random.ts";

/** One of the choices, each as likely as the others. */
export function pick<T>(random: Random, choices: readonly T[]): T | undefined {
  return choices[Math.floor(random() * choices.length)];
}

/** One of the choices by their shares, which need not sum to one. */
export function pickByShare<T>(
  random: Random,
  choices: readonly (readonly [choice: T, share: number])[],
): T | undefined {
  let draw = random() * choices.reduce((sum, [, share]) => sum + share, 0);
  for (const [choice, share] of choices) {
    draw -= share;
    if (draw < 0) return choice;
  }
  return choices.at(-1)?.[0];
}
