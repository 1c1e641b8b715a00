import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import type { DeliveryView, EndpointDay, EndpointDetail } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useAction, useAnswer, useRows } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Id } from "#ui/components/Id";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { Page, Stale } from "#ui/frame/Page";
import { Grid } from "#ui/grid/Grid";
import { makeColumns } from "#ui/grid/columns";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn, word } from "#ui/messages/t";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";

import { Attempts } from "./Deliveries";
import { EndpointDialog } from "./EndpointDialog";
import styles from "./Webhooks.module.css";

const route = getRouteApi("/webhooks/endpoints/$id");

const COLUMNS = makeColumns<DeliveryView>([
  { id: "created", header: t("column.when"), track: "minmax(110px, 0.8fr)", cell: (row) => <Time at={row.created} short /> },
  { id: "type", header: t("column.type"), track: "minmax(150px, 1.6fr)", cell: (row) => (row.body === "own" ? <span className="mono">{visible(row.type, "exact")}</span> : <Link to="/webhooks/events/$id" params={{ id: row.event }} className="mono">{visible(row.type, "exact")}</Link>) },
  { id: "state", header: t("column.state"), track: "minmax(90px, 0.8fr)", cell: (row) => <Chip group="delivery" code={row.state} /> },
  { id: "status", header: t("column.status"), track: "minmax(90px, 1fr)", cell: (row) => (row.status === null ? row.problem !== null && visible(word("deliveryProblem", row.problem), "prose") : String(row.status)) },
  { id: "attempts", header: t("column.attempts"), track: "72px", number: true, cell: (row) => count.format(row.attempts) },
  { id: "cause", header: t("delivery.why"), track: "minmax(80px, 0.7fr)", cell: (row) => word("deliveryCause", row.cause) },
  { id: "event", header: t("column.id"), track: "minmax(90px, 1fr)", cell: (row) => <Id id={row.event} bare /> },
]);

/** One endpoint: how it stands, how it did over time, and what was sent to it. */
export function EndpointPage() {
  const { id } = route.useParams();
  const shown = useAnswer("show_endpoint", { id });
  if (shown.data === undefined) return <Page title={<Back />}>{shown.error === null ? <Loading /> : <Failed error={shown.error} again={() => void shown.refetch()} />}</Page>;
  return <Body detail={shown.data} stale={<Stale error={shown.error} again={() => void shown.refetch()} />} />;
}

function Back() {
  return <Link to="/webhooks/endpoints" className={paymentStyles.back}>{t("webhooks.endpoints")}</Link>;
}

function Body({ detail: { endpoint, days }, stale }: { detail: EndpointDetail; stale: React.ReactNode }) {
  const [open, setOpen] = useState<"edit" | "remove" | null>(null);
  const pause = useAction("pause_endpoint", "endpoint.changeFailed");
  const resume = useAction("resume_endpoint", "endpoint.changeFailed");
  const found = useRows("list_deliveries", { endpoint: endpoint.id });
  const runs = endpoint.state === "on";
  return (
    <Page
      title={<><Back /> <span className="mono"><Untrusted text={endpoint.url} as="exact" /></span> <Chip group="endpointState" code={endpoint.state} /></>}
      aside={
        <>
          <Button disabled={pause.isPending || resume.isPending} onClick={() => (runs ? pause : resume).mutate({ id: endpoint.id })}>{t(runs ? "endpoint.pause" : "endpoint.resume")}</Button>
          <Button onClick={() => setOpen("edit")}>{t("endpoint.edit")}</Button>
          <Button look="danger" onClick={() => setOpen("remove")}>{t("endpoint.remove")}</Button>
        </>
      }
    >
      {stale}
      <div className={styles.health}>
        {endpoint.reason !== null && <p className={styles.why} role="note">{visible(word("endpointReason", endpoint.reason), "prose")}</p>}
        <p className="quiet">
          {endpoint.events.length === 0 ? t("endpoint.allEvents") : endpoint.events.map((one) => visible(one, "exact")).join(", ")}
          {endpoint.conditions.length > 0 && <>{t("list.separator")}{endpoint.conditions.map((one) => visible(one, "exact")).join(", ")}</>}
          {t("list.separator")}{t(`endpoint.scheme.${endpoint.scheme}`)}{t("list.separator")}{t("endpoint.limits", { rate: count.format(endpoint.rate_per_second), most: count.format(endpoint.concurrency) })}
        </p>
        <Days days={days} />
      </div>
      {found.error !== null && !found.known ? <Failed error={found.error} again={found.again} /> : found.loading ? <Loading rows={6} /> : found.rows.length === 0 ? (
        <Empty title={t("delivery.none")} hint={t("delivery.noneHint")} />
      ) : (
        <Grid
          name={t("webhooks.deliveries")} rows={found.rows} columns={COLUMNS} rowId={(row) => row.id} total={found.total}
          onCopy={(row) => void copyText(row.event)} detail={(row) => <Attempts id={row.id} />}
          onNearEnd={found.more} loadingMore={found.loadingMore} outdated={found.outdated} remember="deliveries"
        />
      )}
      {open === "edit" && <EndpointDialog endpoint={endpoint} onClose={() => setOpen(null)} />}
      {open === "remove" && <RemoveDialog id={endpoint.id} waiting={endpoint.waiting} onClose={() => setOpen(null)} />}
    </Page>
  );
}

/** How each day went: tries that were taken and that were not. */
function Days({ days }: { days: readonly EndpointDay[] }) {
  if (days.length === 0) return null;
  return (
    <table className={styles.days}>
      <caption>{t("endpoint.health")}</caption>
      <thead><tr><th scope="col">{t("endpoint.day")}</th><th scope="col" className="number">{t("endpoint.taken")}</th><th scope="col" className="number">{t("endpoint.notTaken")}</th><th scope="col" className="number">{t("endpoint.typical")}</th><th scope="col"><span className="only-heard">{t("endpoint.share")}</span></th></tr></thead>
      <tbody>
        {days.map((day) => (
          <tr key={day.day}>
            <th scope="row">{visible(day.day, "exact")}</th>
            <td className="number">{count.format(day.taken)}</td>
            <td className="number">{count.format(day.failed)}</td>
            <td className="number">{t("calls.ms", { ms: count.format(day.typical_ms) })}</td>
            <td><meter min={0} max={Math.max(1, day.taken + day.failed)} value={day.taken} aria-label={t("endpoint.share")} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RemoveDialog({ id, waiting, onClose }: { id: string; waiting: number; onClose: () => void }) {
  return (
    <Dialog open title={t("endpoint.remove")} about={tn("endpoint.removeAbout", waiting)} onClose={onClose}>
      <RemoveForm id={id} onClose={onClose} />
    </Dialog>
  );
}

function RemoveForm({ id, onClose }: { id: string; onClose: () => void }) {
  const remove = useAction("remove_endpoint");
  const navigate = useNavigate();
  const send = () => { if (!remove.isPending) remove.mutate({ id }, { onSuccess: () => void navigate({ to: "/webhooks/endpoints" }) }); };
  useHotkey("submit", send);
  return (
    <>
      {remove.error !== null && <ErrorNote error={remove.error} reading />}
      <DialogFoot>
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
        <Button look="danger" hotkey="submit" disabled={remove.isPending} onClick={send}>{t("endpoint.remove")}</Button>
      </DialogFoot>
    </>
  );
}
