/** A label of Gamma. */
export interface Tag {
  readonly id: string;
  readonly label: string;
  readonly slug: string;
}

/** A series of recurring events, such as a market every five minutes. */
export interface SeriesIdentity {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  /** How often it recurs, such as `5m`. */
  readonly recurrence: string;
}

/** An event groups the markets of one question; most have one market. */
export interface EventIdentity {
  /** Gamma's own number of the event. */
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  /** Exactly one of its markets resolves to Yes. */
  readonly negRisk: boolean;
  /** `0x` and 64 hex digits; empty without negative risk. */
  readonly negRiskMarketId: string;
  readonly tags: readonly Tag[];
  readonly series: SeriesIdentity | undefined;
}
