import { useState } from "react";

import type { EndpointScheme, EndpointView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice, Field } from "#ui/components/Field";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t } from "#ui/messages/t";

import { Secret } from "./ReplayDialog";
import { conditionsIn } from "./channelRules";
import { newSecret, typesIn } from "./secret";
import styles from "./Webhooks.module.css";

/** Stands for all accounts. */
const ALL = "";

/** Adds an endpoint, or changes one. A secret that was made for it is shown once. */
export function EndpointDialog({ endpoint, onClose }: { endpoint: EndpointView | null; onClose: () => void }) {
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Dialog open wide title={t(endpoint === null ? "endpoint.add" : "endpoint.edit")} {...(secret === null ? { about: t("endpoint.about") } : {})} onClose={onClose}>
      {secret === null ? <EndpointForm endpoint={endpoint} onSecret={setSecret} onClose={onClose} /> : (
        <div className={styles.form}>
          <Secret secret={secret} />
          <DialogFoot><Button look="main" onClick={onClose}>{t("dialog.done")}</Button></DialogFoot>
        </div>
      )}
    </Dialog>
  );
}

interface EndpointFormProps {
  endpoint: EndpointView | null;
  onSecret: (secret: string) => void;
  onClose: () => void;
}

function EndpointForm({ endpoint, onSecret, onClose }: EndpointFormProps) {
  const accounts = useAnswer("list_accounts", {});
  const [url, setUrl] = useState(endpoint?.url ?? "");
  const [events, setEvents] = useState(endpoint?.events.join(", ") ?? "");
  const [conditions, setConditions] = useState(endpoint?.conditions.join(", ") ?? "");
  const [account, setAccount] = useState(endpoint?.account ?? ALL);
  const [scheme, setScheme] = useState<string>(endpoint?.scheme ?? "stripe");
  const [local, setLocal] = useState(endpoint?.allow_local ?? false);
  const [ordered, setOrdered] = useState(endpoint?.ordered ?? false);
  const add = useAction("add_endpoint");
  const change = useAction("change_endpoint");
  const busy = add.isPending || change.isPending;
  const can = url.trim() !== "" && !busy;
  const send = () => {
    if (!can) return;
    const wanted = { url: url.trim(), events: typesIn(events), conditions: conditionsIn(conditions), allow_local: local, ordered };
    if (endpoint !== null) {
      change.mutate({ id: endpoint.id, ...wanted }, { onSuccess: onClose });
      return;
    }
    const offered = newSecret();
    add.mutate(
      { ...wanted, scheme: scheme as EndpointScheme, offered_secret: offered, secret_of_listener: false, temporary: false, ...(account === ALL ? {} : { account }) },
      { onSuccess: (made) => { if (made.took_offered) onSecret(offered); else onClose(); } },
    );
  };
  useHotkey("submit", send, can);
  const error = add.error ?? change.error;
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); send(); }}>
      <Field label={t("endpoint.url")} value={url} hint={t("endpoint.urlHint")} maxLength={2_000} onChange={(event) => setUrl(event.target.value)} />
      <Field label={t("endpoint.events")} value={events} hint={t("endpoint.eventsHint")} maxLength={2_000} onChange={(event) => setEvents(event.target.value)} />
      <Field label={t("endpoint.conditions")} value={conditions} hint={t("endpoint.conditionsHint")} maxLength={2_000} onChange={(event) => setConditions(event.target.value)} />
      {endpoint === null && (
        <>
          <Choice label={t("endpoint.account")} value={account} onChange={setAccount} options={[{ value: ALL, label: t("endpoint.allAccounts") }, ...(accounts.data?.items ?? []).map((one) => ({ value: one.label, label: one.label }))]} />
          <Choice label={t("endpoint.scheme")} value={scheme} onChange={setScheme} options={[{ value: "stripe", label: t("endpoint.scheme.stripe") }, { value: "standard", label: t("endpoint.scheme.standard") }]} />
        </>
      )}
      <label className={styles.tick}><input type="checkbox" checked={local} onChange={(event) => setLocal(event.target.checked)} /> {t("endpoint.allowLocal")}</label>
      <label className={styles.tick}><input type="checkbox" checked={ordered} onChange={(event) => setOrdered(event.target.checked)} /> {t("endpoint.ordered")}</label>
      {error !== null && <ErrorNote error={error} reading />}
      <DialogFoot>
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
        <Button type="submit" look="main" hotkey="submit" disabled={!can}>{t(endpoint === null ? "endpoint.add" : "endpoint.save")}</Button>
      </DialogFoot>
    </form>
  );
}
