import { useAnswerOnce } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Label } from "#ui/components/Chip";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Loading } from "#ui/components/State";
import { Personal } from "#ui/components/Personal";
import { Time } from "#ui/components/Time";
import { visible } from "#ui/format/text";
import { t, word } from "#ui/messages/t";

import styles from "./Webhooks.module.css";

/** What the sandbox was sent in the place of the vendors. */
export function RecordedDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open wide title={t("channels.recorded")} about={t("channels.recordedAbout")} onClose={onClose}>
      <Recorded />
      <DialogFoot><Button onClick={onClose}>{t("dialog.close")}</Button></DialogFoot>
    </Dialog>
  );
}

function Recorded() {
  const found = useAnswerOnce("list_sandbox_messages", {});
  if (found.data === undefined) return found.error === null ? <Loading rows={3} /> : <ErrorNote error={found.error} again={() => void found.refetch()} reading />;
  if (found.data.items.length === 0) return <p className="quiet">{t("channels.recordedNone")}</p>;
  return (
    // A list that scrolls is reached by the keyboard, too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.recorded} tabIndex={0} role="region" aria-label={t("channels.recorded")}>
      <ul>
      {found.data.items.map((one, place) => (
        <li key={place}>
          <Time at={one.at} short /> {word("channelKind", one.vendor)} <Label tone={one.status < 300 ? "good" : "bad"}>{String(one.status)}</Label>
          <pre><Personal>{visible(one.body, "prose")}</Personal></pre>
        </li>
      ))}
      </ul>
    </div>
  );
}
