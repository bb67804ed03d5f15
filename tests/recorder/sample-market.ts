/** A market as Gamma answers it, of the tokens 11 and 12. */
export const SAMPLE_MARKET = {
  conditionId: "0xabc",
  question: "Will it?",
  slug: "will-it",
  endDate: "2030-01-01T00:00:00Z",
  events: [{ slug: "these" }],
  outcomes: '["Yes","No"]',
  clobTokenIds: '["11","12"]',
  orderMinSize: 15,
  negRisk: true,
};
