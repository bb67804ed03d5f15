/** The date of epoch milliseconds, UTC, such as `2030-01-02`. */
export function dateText(ms: number): string {
  return new Date(ms).toISOString().slice(0, "2030-01-02".length);
}

/** `2030-01-02T03:04:05Z`; milliseconds only where there are any. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** `2030-01-02 03:04:05+00`, as Gamma writes the few times that come from elsewhere. */
export function spacedTimeText(ms: number): string {
  return `${timeText(ms).replace("T", " ").slice(0, -1)}+00`;
}

/** The same time, as the CLOB writes it. */
export function withoutSpace(text: string): string {
  return text.replace(" ", "T").replace(/\+00$/, "Z");
}
