import type { Tag } from "../market/event-identity.ts";
import type { ListedVenue } from "./listed-venue.ts";

export function gammaTag({ id, label, slug }: Tag) {
  return { id, label, slug, forceShow: false, requiresTranslation: false };
}

/** Every tag of a listed event once, by its number. */
export function tagsOf({ events }: ListedVenue): Tag[] {
  const byId = new Map(events.flatMap(({ identity }) => identity.tags).map((tag) => [tag.id, tag]));
  return [...byId.values()].sort((a, b) => Number(a.id) - Number(b.id));
}
