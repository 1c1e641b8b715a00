/** What somebody has seen of what was missed: for each account a moment, and nothing of any event. */
export type Seen = Readonly<Record<string, string>>;

interface Gap {
  account: string;
  until: string;
}

/** What was written down; nothing where that does not read. */
export function readSeen(text: string | null): Seen {
  try {
    const read: unknown = JSON.parse(text ?? "{}");
    if (typeof read !== "object" || read === null) return {};
    return Object.fromEntries(Object.entries(read).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch {
    return {};
  }
}

/** The gaps of which nobody knows yet. */
export function unseen<G extends Gap>(gaps: readonly G[], seen: Seen): G[] {
  return gaps.filter((gap) => gap.until > (seen[gap.account] ?? ""));
}

/** What is seen once these gaps are, each of its own account. */
export function withSeen(seen: Seen, gaps: readonly Gap[]): Seen {
  const now: Record<string, string> = { ...seen };
  for (const { account, until } of gaps) if (until > (now[account] ?? "")) now[account] = until;
  return now;
}
