import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import type { EndpointView } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { count } from "#ui/format/locale";
import { Page } from "#ui/frame/Page";
import { Grid } from "#ui/grid/Grid";
import { makeColumns } from "#ui/grid/columns";
import { t } from "#ui/messages/t";

import { EndpointDialog } from "./EndpointDialog";
import { BackToHistory } from "./EventPage";
import styles from "./Webhooks.module.css";

const COLUMNS = makeColumns<EndpointView>([
  { id: "url", header: t("endpoint.url"), track: "minmax(200px, 2.4fr)", cell: (row) => <span className="mono"><Untrusted text={row.url} as="exact" /></span> },
  { id: "state", header: t("column.state"), track: "minmax(90px, 0.8fr)", cell: (row) => <Chip group="endpointState" code={row.state} /> },
  { id: "events", header: t("endpoint.events"), track: "minmax(110px, 1.4fr)", cell: (row) => <Untrusted text={row.events.length === 0 ? t("endpoint.allEvents") : row.events.join(", ")} as="exact" /> },
  { id: "account", header: t("column.account"), track: "minmax(80px, 0.7fr)", cell: (row) => <Untrusted text={row.account ?? t("endpoint.allAccounts")} /> },
  { id: "waiting", header: t("endpoint.waiting"), track: "80px", number: true, cell: (row) => count.format(row.waiting) },
  { id: "failed", header: t("endpoint.failed"), track: "80px", number: true, cell: (row) => count.format(row.failed) },
  { id: "since", header: t("endpoint.since"), track: "minmax(110px, 0.8fr)", cell: (row) => <Time at={row.since} short /> },
]);

/** Where events are sent on to. */
export function EndpointsPage() {
  const endpoints = useAnswer("list_endpoints", {});
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const add = <Button look="main" icon="plus" onClick={() => setAdding(true)}>{t("endpoint.add")}</Button>;
  return (
    <Page title={<><BackToHistory />{t("webhooks.endpoints")}</>} aside={<><Link to="/webhooks" className={styles.link}>{t("webhooks.history")}</Link><Link to="/webhooks/notifications" className={styles.link}>{t("channels.title")}</Link>{add}</>}>
      {endpoints.data === undefined ? (
        endpoints.error === null ? <Loading rows={4} /> : <Failed error={endpoints.error} again={() => void endpoints.refetch()} />
      ) : endpoints.data.items.length === 0 ? (
        <Empty title={t("endpoint.none")} hint={t("endpoint.noneHint")} />
      ) : (
        <Grid
          name={t("webhooks.endpoints")} rows={endpoints.data.items} columns={COLUMNS} rowId={(row) => row.id} total={endpoints.data.total}
          onOpen={(row) => void navigate({ to: "/webhooks/endpoints/$id", params: { id: row.id } })} onCopy={(row) => void copyText(row.url)} remember="endpoints"
        />
      )}
      {adding && <EndpointDialog endpoint={null} onClose={() => setAdding(false)} />}
    </Page>
  );
}
