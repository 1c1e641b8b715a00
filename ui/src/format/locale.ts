/**
 * The reader's locale, or none where the system's own is right. A machine without a language runs in the POSIX
 * locale, whose numbers have no groups; nobody reads money like that.
 */
export function readersLocale(resolved: string): string | undefined {
  return /posix/i.test(resolved) ? "en-US" : undefined;
}

export const LOCALE = readersLocale(new Intl.NumberFormat().resolvedOptions().locale);

/** A count in the reader's locale. */
export const count = new Intl.NumberFormat(LOCALE);
