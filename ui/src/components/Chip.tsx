import type { ReactNode } from "react";

import { visible } from "#ui/format/text";
import { word } from "#ui/messages/t";

import styles from "./Chip.module.css";

export type Tone = "good" | "warn" | "bad" | "calm" | "info" | "violet";

const TONES: Record<string, Tone> = {
  succeeded: "good", complete: "good", settled: "good", closed: "good", allowed: "good", won: "good",
  failed: "bad", refused: "bad", open: "bad", denied: "bad", lost: "bad", needs_person: "bad",
  pending: "warn", unsettled: "warn", uncaptured: "warn", requires_action: "warn", requires_review: "warn",
  requires_capture: "warn", half_open: "warn", needs_response: "warn", under_review: "warn",
  approved: "good", declined: "bad", asked: "info", to_decide: "warn",
  disputed: "violet", refunded: "calm", partially_refunded: "info", canceled: "calm",
  sent: "info", prepared: "info", waiting: "info", loading: "info", elsewhere: "calm",
  asks: "warn", needs_approval: "warn", blocked: "bad", not_sent: "bad",
};

interface ChipProps {
  /** The group of messages that names the code. */
  group: string;
  /** The code of the backend or vendor; one that is newer than this page is shown as it is. */
  code: string;
  tone?: Tone;
}

/** A state in one word, with a colour that only repeats it. */
export function Chip({ group, code, tone }: ChipProps) {
  return <Label tone={tone ?? TONES[code] ?? "calm"}>{visible(word(group, code), "prose")}</Label>;
}

/** A coloured label. */
export function Label({ tone, children }: { tone: Tone; children: ReactNode }) {
  return <span className={`${styles.chip ?? ""} ${styles[tone] ?? ""}`}>{children}</span>;
}
