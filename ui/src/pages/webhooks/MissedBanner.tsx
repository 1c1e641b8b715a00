import { useState } from "react";

import type { MissedView, TypeCount } from "#ui/bindings/contract";
import { useAnswer } from "#ui/api/hooks";
import { Button, IconButton } from "#ui/components/Button";
import { Icon } from "#ui/components/Icon";
import { Time } from "#ui/components/Time";
import { Words } from "#ui/components/Words";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { t, tn } from "#ui/messages/t";
import { platform } from "#ui/platform/index";

import { readSeen, type Seen, unseen, withSeen } from "./missed";
import { ReplayDialog } from "./ReplayDialog";
import styles from "./Webhooks.module.css";

/** Until when somebody knows what was missed: windows of all environments keep it in one place. */
const seenKey = () => `paydesk.webhooks.missed-seen.${platform.environment()}`;

function seenUntil(): Seen {
  try {
    return readSeen(window.localStorage.getItem(seenKey()));
  } catch {
    // Without storage it is told again.
    return {};
  }
}

/** Types that are named; the rest is counted. */
const MOST_TYPES = 5;

/** Of which types they are; they come with the most frequent first. */
function kinds(types: readonly TypeCount[]): string {
  const named = types.slice(0, MOST_TYPES).map((one) => `${count.format(one.events)} ${visible(one.type, "exact")}`).join(", ");
  const more = types.length - MOST_TYPES;
  return more > 0 ? t("webhooks.missedAnd", { named, more: tn("webhooks.missedMore", more) }) : named;
}

/** What came while nobody here followed or listened, until somebody has seen it. */
export function MissedBanner({ onShow }: { onShow: (query: string) => void }) {
  const missed = useAnswer("show_missed", {});
  const [seen, setSeen] = useState(seenUntil);
  const [replaying, setReplaying] = useState<MissedView | null>(null);
  const shown = unseen(missed.data?.items ?? [], seen);
  const dismiss = () => {
    const now = withSeen(seen, shown);
    setSeen(now);
    try {
      window.localStorage.setItem(seenKey(), JSON.stringify(now));
    } catch {
      // It is told again the next time.
    }
  };
  if (shown.length === 0) return null;
  return (
    <section className={styles.missed} aria-label={t("webhooks.missed")}>
      <ul>
        {shown.slice(0, 3).map((one) => (
          <li key={`${one.account} ${one.from}`}>
            <Icon name="warn" />
            <span>
              {tn("webhooks.missedCame", one.events, { account: visible(one.account, "prose") })}{" "}
              <Words of="webhooks.missedTime" with={{ from: <Time at={one.from} short />, until: <Time at={one.until} short /> }} />
              {one.beyond_feed && <> {t("webhooks.beyondFeed")}</>}
              <span className="quiet"> {kinds(one.types)}</span>
            </span>
            <Button look="quiet" onClick={() => onShow(one.query)}>{t("webhooks.missedShow")}</Button>
            <Button look="quiet" onClick={() => setReplaying(one)}>{t("webhooks.missedReplay")}</Button>
          </li>
        ))}
      </ul>
      <IconButton icon="close" name={t("webhooks.missedSeen")} onClick={dismiss} />
      {replaying !== null && <ReplayDialog source={{ replay: "query", query: replaying.query }} onClose={() => setReplaying(null)} />}
    </section>
  );
}
