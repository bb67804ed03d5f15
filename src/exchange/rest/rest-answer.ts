/** An answer as plain data. Its body was written at once: later changes do not show in it. */
export interface RestAnswer {
  readonly status: number;
  /** JSON, whatever the status. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const JSON_TYPE = { "content-type": "application/json" };

export function jsonAnswer(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): RestAnswer {
  return { status, body: JSON.stringify(value), headers: { ...JSON_TYPE, ...headers } };
}
