/** The ways to look at the journal, with the states of intents that each shows. */
export const FILTERS = {
  all: [],
  open: ["waiting", "prepared", "sent", "unsettled", "needs_person"],
  needs_person: ["needs_person"],
  unsettled: ["unsettled"],
  settled: ["settled"],
  refused: ["refused", "canceled"],
} as const satisfies Record<string, readonly string[]>;

export type Filter = keyof typeof FILTERS;

/** A filter by its name in the address; what is none shows all. */
export function filterOf(name: unknown): Filter {
  return typeof name === "string" && Object.hasOwn(FILTERS, name) ? (name as Filter) : "all";
}
