import type { ReactNode } from "react";

import { visible } from "#ui/format/text";
import { word } from "#ui/messages/t";

import styles from "./Chip.module.css";
import { Icon, type IconName } from "./Icon";
import { lookOfState, type Tone } from "./states";

export type { Tone } from "./states";

interface ChipProps {
  /** The group of messages that names the code. */
  group: string;
  /** The code of the backend or vendor; one that is newer than this page is shown as it is. */
  code: string;
  /** For words that are no states, such as the reason of a dispute. */
  tone?: Tone;
}

/** A state in one word, with its icon, and a colour that only repeats both. */
export function Chip({ group, code, tone }: ChipProps) {
  const look = lookOfState(group, code);
  return <Label tone={tone ?? look?.tone ?? "calm"} icon={look?.icon}>{visible(word(group, code), "prose")}</Label>;
}

interface LabelProps {
  tone: Tone;
  icon?: IconName | undefined;
  children: ReactNode;
}

/** A coloured label. */
export function Label({ tone, icon, children }: LabelProps) {
  return (
    <span className={`${styles.chip ?? ""} ${styles[tone] ?? ""}`}>
      {icon !== undefined && <Icon name={icon} small />}
      {children}
    </span>
  );
}
