/** A parsed text, and where in it the entries of its price changes are. */
export interface EntriesOfText {
  readonly value: unknown;
  readonly places: readonly EntryPlace[];
}

interface EntryPlace {
  readonly list: unknown[];
  readonly index: number;
}

/** What is looked at of an element or an entry; anything else may be there. */
interface Fields {
  readonly asset_id?: unknown;
  readonly price_changes?: unknown;
  readonly changes?: unknown;
}

/** Finds the entries of a text's price changes, of one token or of all; any text may be given. */
export function entriesOf(text: string, tokenId: string | undefined): EntriesOfText {
  const value = jsonOf(text);
  const places = elementsOf(value).flatMap((element) => {
    const list = listOf(element);
    return list.flatMap((entry, index) => {
      const owner = fieldsOf(entry).asset_id ?? element.asset_id;
      return tokenId === undefined || owner === tokenId ? [{ list, index }] : [];
    });
  });
  return { value, places };
}

/**
 * The text without what is about the tokens that `isLeftOut` names: their elements and their
 * entries. `undefined` if nothing is left that `isWanted`.
 */
export function withoutTokens(
  text: string,
  isLeftOut: (tokenId: string) => boolean,
  isWanted: (tokenId: string) => boolean,
): string | undefined {
  const value = jsonOf(text);
  if (value === undefined) return undefined;
  let wanted = 0;
  const keeps = ({ asset_id }: Fields) => {
    const isKept = typeof asset_id !== "string" || !isLeftOut(asset_id);
    if (isKept && (typeof asset_id !== "string" || isWanted(asset_id))) wanted += 1;
    return isKept;
  };
  const kept = elementsOf(value).flatMap((element) => {
    if (!Array.isArray(element.price_changes)) return keeps(element) ? [element] : [];
    const price_changes = element.price_changes.filter((entry) => keeps(fieldsOf(entry)));
    return price_changes.length === 0 ? [] : [{ ...element, price_changes }];
  });
  if (wanted === 0) return undefined;
  return JSON.stringify(Array.isArray(value) ? kept : kept[0]);
}

function elementsOf(value: unknown): Fields[] {
  return (Array.isArray(value) ? value : [value]).map(fieldsOf);
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value : {};
}

function listOf({ price_changes, changes }: Fields): unknown[] {
  const list = price_changes ?? changes;
  return Array.isArray(list) ? list : [];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
