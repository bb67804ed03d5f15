/** How shapes are compared where a source did not keep the wire as it was. */
export interface ShapeOptions {
  /** `sorted` where the source sorted the keys. Defaults to `kept`. */
  readonly keys?: "kept" | "sorted";
  /** `dropped` for texts that differ in nothing but their spaces. Defaults to `kept`. */
  readonly spacing?: "kept" | "dropped";
  /** `types` for invented values, of which only the JSON type counts. Defaults to `forms`. */
  readonly values?: "forms" | "types";
  /** Rewrites a member such as `"spread":<empty>`. */
  readonly member?: (member: string) => string;
}

/** What a string can look like; the first that fits. */
const STRING_FORMS: readonly (readonly [RegExp, string])[] = [
  [/^$/, "empty"],
  [/^0x[0-9a-f]{64}$/, "0x-hash"],
  [/^[0-9a-f]{40}$/, "sha-1"],
  [/^1\d{12}$/, "epoch ms"],
  [/^[1-9]\d{69,77}$/, "token id"],
  [/^(0|[1-9]\d*)(\.\d*[1-9])?$/, "decimal"],
  [/^(0|[1-9]\d*)\.\d*0$/, "padded decimal"],
  [/^(BUY|SELL)$/, "side"],
  [/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00$/, "time"],
];

const GAP = /\s*/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const BARE = /-?\d[\d.eE+-]*|true|false|null/y;

/**
 * The shape of a JSON text: the text itself with the form of each value in the place of the value,
 * as in `{"price":<decimal>,"side":<side>}`. The order of keys, the spaces and a newline at the
 * end stay as they are, and so does the event type. A list has each shape among its elements once.
 */
export function shapeOf(text: string, options: ShapeOptions = {}): string {
  return new ShapeScanner(text, options).whole();
}

/** Each shape among the texts, once. */
export function shapesOf(texts: readonly string[], options: ShapeOptions = {}): string[] {
  return [...new Set(texts.map((text) => shapeOf(text, options)))];
}

class ShapeScanner {
  readonly #text: string;
  readonly #options: ShapeOptions;
  #at = 0;

  constructor(text: string, options: ShapeOptions) {
    this.#text = text;
    this.#options = options;
  }

  whole(): string {
    const shape = this.#gap() + this.#value("") + this.#gap();
    if (this.#at !== this.#text.length) throw this.#error();
    return shape;
  }

  #value(key: string): string {
    const next = this.#text[this.#at];
    if (next === "{") return this.#object();
    if (next === "[") return this.#list();
    return `<${next === '"' ? this.#stringForm(key) : this.#bareForm()}>`;
  }

  #object(): string {
    const members: { readonly key: string; readonly text: string }[] = [];
    this.#parts("{", "}", (gap) => {
      const key = this.#take(STRING);
      const colon = `${this.#gap()}${this.#expect(":")}${this.#gap()}`;
      const member = `${key}${colon}${this.#value(key)}`;
      const { member: rewrite = (text: string) => text } = this.#options;
      members.push({ key, text: `${gap}${rewrite(member)}${this.#gap()}` });
    });
    if (this.#options.keys === "sorted") members.sort((a, b) => (a.key < b.key ? -1 : 1));
    return `{${members.map(({ text }) => text).join(",")}}`;
  }

  /** Spaces between elements show as `[<decimal>, ..]`. */
  #list(): string {
    const shapes = new Set<string>();
    const gaps = new Set<string>();
    let count = 0;
    this.#parts("[", "]", (gap) => {
      shapes.add(`${this.#value("")}${this.#gap()}`);
      count += 1;
      if (count > 1 && gap !== "") gaps.add(`,${gap}..`);
    });
    return `[${[...shapes].join("|")}${[...gaps].join("")}]`;
  }

  /** What stands between two brackets, with commas between. */
  #parts(open: string, close: string, part: (gap: string) => void): void {
    this.#expect(open);
    let gap = this.#gap();
    if (this.#text[this.#at] === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      part(gap);
      if (this.#text[this.#at] === close) break;
      this.#expect(",");
      gap = this.#gap();
    }
    this.#at += 1;
  }

  #stringForm(key: string): string {
    const value: string = JSON.parse(this.#take(STRING));
    if (key === '"event_type"') return value;
    if (this.#options.values === "types") return "string";
    return STRING_FORMS.find(([form]) => form.test(value))?.[1] ?? "text";
  }

  #bareForm(): string {
    const text = this.#take(BARE);
    if (text === "null") return text;
    return text === "true" || text === "false" ? "boolean" : "number";
  }

  #gap(): string {
    const gap = this.#take(GAP);
    return this.#options.spacing === "dropped" ? "" : gap;
  }

  #expect(character: string): string {
    if (this.#text[this.#at] !== character) throw this.#error();
    this.#at += 1;
    return character;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw this.#error();
    this.#at = pattern.lastIndex;
    return match[0];
  }

  #error(): Error {
    return new Error(`no JSON at character ${this.#at}: ${this.#text.slice(0, 80)}`);
  }
}
