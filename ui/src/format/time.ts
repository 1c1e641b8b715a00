import { LOCALE } from "./locale";

const dateTime = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });
const timeOnly = new Intl.DateTimeFormat(LOCALE, { timeStyle: "short" });
const withoutYear = new Intl.DateTimeFormat(LOCALE, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
const utc = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
const dayOfUtc = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", timeZone: "UTC" });

function parsed(text: string): Date | null {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** A time in the reader's zone. What is no time is shown as it came. */
export function localTime(text: string): string {
  const date = parsed(text);
  return date === null ? text : dateTime.format(date);
}

/** As little as says enough: the time of day today, without the year this year, the whole otherwise. */
export function shortTime(text: string, now: Date): string {
  const date = parsed(text);
  if (date === null) return text;
  if (date.toDateString() === now.toDateString()) return timeOnly.format(date);
  return date.getFullYear() === now.getFullYear() ? withoutYear.format(date) : dateTime.format(date);
}

/** The same time in UTC, for the hover. */
export function utcTime(text: string): string {
  const date = parsed(text);
  return date === null ? text : `${utc.format(date)} UTC`;
}

/** A UTC day such as `2026-11-01`. */
export function utcDay(day: string): string {
  const date = parsed(`${day}T00:00:00Z`);
  return date === null ? day : dayOfUtc.format(date);
}

const longDayOfUtc = new Intl.DateTimeFormat(LOCALE, { dateStyle: "full", timeZone: "UTC" });
const monthOfUtc = new Intl.DateTimeFormat(LOCALE, { month: "long", year: "numeric", timeZone: "UTC" });
const shortWeekday = new Intl.DateTimeFormat(LOCALE, { weekday: "narrow", timeZone: "UTC" });
const longWeekday = new Intl.DateTimeFormat(LOCALE, { weekday: "long", timeZone: "UTC" });

/** A UTC day in full, with its weekday and year. */
export function utcDayLong(day: string): string {
  const date = parsed(`${day}T00:00:00Z`);
  return date === null ? day : longDayOfUtc.format(date);
}

/** A month such as `2026-11`. */
export function utcMonth(month: string): string {
  const date = parsed(`${month}-01T00:00:00Z`);
  return date === null ? month : monthOfUtc.format(date);
}

/** The days of a week from Monday on. */
export function weekdays(): { short: string; long: string }[] {
  // 5 January 1970 was a Monday.
  return Array.from({ length: 7 }, (_, day) => new Date((day + 4) * 86_400_000)).map((date) => ({ short: shortWeekday.format(date), long: longWeekday.format(date) }));
}

/** Milliseconds until a time; zero once it passed. */
export function leftMs(until: string, nowMs: number): number {
  const date = parsed(until);
  return date === null ? 0 : Math.max(0, date.getTime() - nowMs);
}

/** A countdown such as `9:05`. */
export function countdown(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A length of time in one rounded unit, with the key of its words. */
export function roughly(ms: number): { key: "duration.seconds" | "duration.minutes" | "duration.hours"; count: number } {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 90) return { key: "duration.seconds", count: seconds };
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return { key: "duration.minutes", count: minutes };
  return { key: "duration.hours", count: Math.round(minutes / 60) };
}
