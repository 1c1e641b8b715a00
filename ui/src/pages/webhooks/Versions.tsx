import { Link } from "@tanstack/react-router";
import { useState } from "react";

import type { EventView, FieldChange } from "#ui/bindings/contract";
import { useAnswer } from "#ui/api/hooks";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice } from "#ui/components/Field";
import { Loading } from "#ui/components/State";
import { Untrusted } from "#ui/components/Untrusted";
import { localTime } from "#ui/format/time";
import { visible } from "#ui/format/text";
import { t, tn } from "#ui/messages/t";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";

import { isPersonalChange } from "./payload";
import styles from "./Webhooks.module.css";

/** Compares with the object as it is now. */
const NOW = "now";

/** The events about the same thing, and what differs between this one and another or the thing as it is now. */
export function Versions({ event, versions }: { event: EventView; versions: readonly EventView[] }) {
  const others = versions.filter((one) => one.id !== event.id);
  const before = versions[versions.findIndex((one) => one.id === event.id) + 1];
  const [other, setOther] = useState(before?.id ?? NOW);
  const diff = useAnswer("diff_events", { one: event.id, ...(other === NOW ? {} : { other }) }, { enabled: event.object_id !== null });
  if (event.object_id === null) return null;
  const words = (one: EventView) => `${localTime(one.created)} · ${visible(one.type, "exact")}`;
  return (
    <section className={paymentStyles.card} aria-label={t("webhooks.changes")}>
      <div className={styles.cardHead}>
        <h2>{t("webhooks.changes")}</h2>
        <span className="quiet">{tn("webhooks.versions", versions.length)}</span>
      </div>
      <Choice label={t("webhooks.compareWith")} value={other} onChange={setOther} options={[{ value: NOW, label: t("webhooks.asItIsNow") }, ...others.map((one) => ({ value: one.id, label: words(one) }))]} />
      {diff.data === undefined ? (
        diff.error === null ? <Loading rows={3} /> : <ErrorNote error={diff.error} reading />
      ) : (
        <>
          {diff.data.changes.length === 0 ? <p className="quiet">{t("webhooks.nothingDiffers")}</p> : (
            <table className={styles.diff}>
              <thead><tr><th scope="col">{t("column.field")}</th><th scope="col">{t("column.before")}</th><th scope="col">{t("column.after")}</th></tr></thead>
              <tbody>{diff.data.changes.map((one) => <Change key={one.path} change={one} />)}</tbody>
            </table>
          )}
          {diff.data.cut && <p className="quiet">{t("webhooks.moreChanges")}</p>}
        </>
      )}
      {other !== NOW && <Link to="/webhooks/events/$id" params={{ id: other }}>{t("webhooks.openOther")}</Link>}
    </section>
  );
}

function Change({ change }: { change: FieldChange }) {
  const cell = (text: string | null) => {
    if (text === null) return <span className="quiet">{t("webhooks.nothing")}</span>;
    return <Untrusted text={text} as="exact" personal={isPersonalChange(change.path, text)} />;
  };
  return <tr><th scope="row"><Untrusted text={change.path} as="exact" /></th><td className={styles.gone}>{cell(change.before)}</td><td className={styles.come}>{cell(change.after)}</td></tr>;
}
