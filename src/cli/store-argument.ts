/** The argument of every command that reads. */
export const storeArgument = {
  type: "positional",
  required: true,
  description: "a storage path, a token's or session's folder, or a .bin file",
} as const;
