import type { StateCount } from "#ui/bindings/contract";

/** The ways to look at the journal, with the states of intents that each shows. */
export const FILTERS = {
  all: [],
  open: ["waiting", "prepared", "sent", "unsettled", "needs_person"],
  waiting: ["waiting"],
  underway: ["prepared", "sent", "unsettled"],
  needs_person: ["needs_person"],
  settled: ["settled"],
  refused: ["refused"],
  canceled: ["canceled"],
} as const satisfies Record<string, readonly string[]>;

export type Filter = keyof typeof FILTERS;

const NAMES = Object.keys(FILTERS) as Filter[];

/** A filter by its name in the address; what is none shows all. */
export function filterOf(name: unknown): Filter {
  return typeof name === "string" && Object.hasOwn(FILTERS, name) ? (name as Filter) : "all";
}

/** The filter beside another, as far as there is one. */
export function filterBeside(filter: Filter, step: 1 | -1): Filter {
  return NAMES[NAMES.indexOf(filter) + step] ?? filter;
}

/** How many a filter shows. Of all of them the list itself tells. */
export function countOf(filter: Filter, counts: readonly StateCount[]): number {
  const states: readonly string[] = FILTERS[filter];
  return counts.filter((one) => states.includes(one.state)).reduce((sum, one) => sum + one.count, 0);
}
