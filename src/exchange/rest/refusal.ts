/** Thrown where it turns out that a request is answered by an error: its status and JSON. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;

  constructor(status: number, body: Readonly<Record<string, string>>) {
    super(body.error);
    this.status = status;
    this.body = body;
  }
}
