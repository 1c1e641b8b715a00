import type { ChannelKind, ChannelRegion, ChannelRules, QuietHours } from "#ui/bindings/contract";

import { typesIn } from "./secret";

/** Rules of a channel as they are typed. */
export interface RuleTexts {
  events: string;
  conditions: string;
  quiet: string;
  zone: string;
  perHour: string;
  personal: boolean;
  region: ChannelRegion;
  from: string;
  to: string;
}

/** What stands in the fields for rules that there are, or for none yet. */
export function textsOf(rules: ChannelRules | null, zone: string): RuleTexts {
  return {
    events: rules?.events.join(", ") ?? "",
    conditions: rules?.conditions.join(", ") ?? "",
    quiet: rules?.quiet == null ? "" : `${rules.quiet.from}-${rules.quiet.to}`,
    zone: rules?.quiet?.zone ?? zone,
    perHour: rules?.per_hour == null ? "" : String(rules.per_hour),
    personal: rules?.with_personal ?? false,
    region: rules?.region ?? "us",
    from: rules?.from ?? "",
    to: rules?.to.join(", ") ?? "",
  };
}

/** Two times of a day as they are typed; none where they are not two. */
export function hoursIn(text: string): { from: string; to: string } | null {
  const [, from, to] = /^\s*(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})\s*$/.exec(text) ?? [];
  return from === undefined || to === undefined ? null : { from: from.padStart(5, "0"), to: to.padStart(5, "0") };
}

/** The rules that the fields say; none while they cannot be read. What they mean the Desk decides. */
export function rulesOf(kind: ChannelKind, texts: RuleTexts): ChannelRules | null {
  const hours = hoursIn(texts.quiet);
  if (hours === null && texts.quiet.trim() !== "") return null;
  const most = Number(texts.perHour.trim());
  if (texts.perHour.trim() !== "" && !(Number.isInteger(most) && most >= 1 && most <= 1_000)) return null;
  const quiet: QuietHours | null = hours === null ? null : { ...hours, zone: texts.zone.trim() };
  const from = texts.from.trim();
  return {
    events: typesIn(texts.events),
    conditions: conditionsIn(texts.conditions),
    ...(quiet === null ? {} : { quiet }),
    ...(texts.perHour.trim() === "" ? {} : { per_hour: most }),
    with_personal: texts.personal,
    region: texts.region,
    ...(kind === "email" && from !== "" ? { from } : {}),
    to: kind === "email" ? typesIn(texts.to) : [],
  };
}

/** The conditions in a field: parted by a comma that another condition follows, since values have commas and spaces too. */
export function conditionsIn(text: string): string[] {
  return text.split(/,(?=\s*[\w.]+\s*(?:[=<>]|!=))/).map((one) => one.trim().replace(/,$/, "")).filter((one) => one !== "");
}
