import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";

import type { SuppressionView } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useAction, useRows } from "#ui/api/hooks";
import { useSettled } from "#ui/api/useSettled";
import { AsOf } from "#ui/frame/StatusBar";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Field } from "#ui/components/Field";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Page, Stale } from "#ui/frame/Page";
import { makeColumns } from "#ui/grid/columns";
import { Grid } from "#ui/grid/Grid";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

const COLUMNS = makeColumns<SuppressionView>([
  { id: "email", header: t("column.to"), track: "minmax(160px, 1.6fr)", cell: (row) => <Untrusted personal text={row.email} as="exact" /> },
  { id: "kind", header: t("suppressions.list"), track: "minmax(130px, 1fr)", cell: (row) => <Chip group="suppression" code={row.kind} tone={row.drops ? "bad" : "warn"} /> },
  { id: "group", header: t("suppressions.group"), track: "minmax(70px, 0.5fr)", cell: (row) => row.group },
  { id: "since", header: t("suppressions.since"), track: "minmax(110px, 0.8fr)", cell: (row) => row.since !== null && <Time at={row.since} short /> },
  { id: "reason", header: t("column.reason"), track: "minmax(140px, 2.4fr)", cell: (row) => row.reason !== null && <Untrusted personal text={row.reason} /> },
]);

/** The addresses that the vendor sends nothing to, and why. */
export function SuppressionsPage() {
  const [typed, setTyped] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const query = useSettled(typed.trim());
  const found = useRows("list_suppressions", { query, fresh: false });
  const refresh = useAction("list_suppressions", "templates.refreshFailed");
  useHotkey("find", () => { field.current?.focus(); field.current?.select(); });
  return (
    <Page
      title={<><Link to="/messages" className={paymentStyles.back}>{t("nav.messages")}</Link> <span>{t("suppressions.title")}</span> {found.total !== null && <span className={paymentsStyles.total} aria-live="polite">{tn("suppressions.total", found.total)}</span>}</>}
      aside={<>{found.known && <AsOf at={found.asOf} />}<Button disabled={refresh.isPending} onClick={() => refresh.mutate({ query, fresh: true, range: {} }, { onSuccess: found.again })}>{t("templates.refresh")}</Button></>}
    >
      <div className={paymentsStyles.tools}>
        <Field ref={field} label={t("suppressions.find")} personal value={typed} maxLength={320} onChange={(event) => setTyped(event.target.value)} />
      </div>
      {found.error !== null && !found.known ? (
        <Failed error={found.error} again={found.again} />
      ) : found.loading ? (
        <Loading rows={8} />
      ) : (
        <>
          <Stale error={found.error} again={found.again} />
          {found.rows.length === 0 ? (
            <Empty title={t("suppressions.none")} hint={t("suppressions.noneHint")} />
          ) : (
            <Grid name={t("suppressions.title")} rows={found.rows} columns={COLUMNS} rowId={(row) => `${row.kind} ${String(row.group)} ${row.email}`} total={found.total ?? 0} onCopy={(row) => void copyText(row.email)} onNearEnd={found.more} loadingMore={found.loadingMore} outdated={found.outdated} remember="suppressions" />
          )}
        </>
      )}
    </Page>
  );
}
