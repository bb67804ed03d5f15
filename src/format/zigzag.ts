/** Signed whole numbers as whole numbers from 0, small ones small. */
export function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

export function unzigzag(value: number): number {
  // Remainders of doubles are slow.
  const half = Math.floor(value / 2);
  return half * 2 === value ? half : -half - 1;
}
