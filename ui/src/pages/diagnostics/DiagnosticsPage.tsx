import { Link } from "@tanstack/react-router";
import { useState } from "react";

import type { DestinationView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Label } from "#ui/components/Chip";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { Id } from "#ui/components/Id";
import { Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { Page } from "#ui/frame/Page";
import { t, word } from "#ui/messages/t";

import styles from "./DiagnosticsPage.module.css";

/** What leaves this machine, where figures go, and the text for support. */
export function DiagnosticsPage() {
  return (
    <Page title={t("nav.diagnostics")} scrolls aside={<Link to="/diagnostics/log" className={styles.link}>{t("log.title")}</Link>}>
      <DestinationsSection />
      <TelemetrySection />
      <SupportSection />
    </Page>
  );
}

function DestinationsSection() {
  const answer = useAnswer("list_destinations", {});
  return (
    <section className={styles.section} aria-labelledby="destinations-heading">
      <h2 id="destinations-heading" className={styles.heading}>{t("destinations.title")}</h2>
      <p className="quiet">{t("destinations.about")}</p>
      {answer.data === undefined ? (
        answer.isPending ? <Loading rows={4} /> : <Failed error={answer.error} again={() => void answer.refetch()} />
      ) : (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t("destinations.host")}</th>
              <th scope="col">{t("destinations.used")}</th>
              <th scope="col">{t("destinations.what")}</th>
            </tr>
          </thead>
          <tbody>{answer.data.items.map((one) => <Destination key={`${one.kind} ${one.host}`} of={one} />)}</tbody>
        </table>
      )}
    </section>
  );
}

function Destination({ of }: { of: DestinationView }) {
  const used = of.used_in.map((environment) => word("environment", environment)).join(", ");
  const what = visible(word("destination", of.kind), "prose");
  return (
    <tr>
      <td className="mono"><Untrusted text={of.host} as="exact" /></td>
      <td><Label tone={of.in_use ? "info" : "calm"}>{used !== "" ? used : t(of.in_use ? "destinations.yes" : "destinations.no")}</Label></td>
      <td>{of.company === null ? what : t("destinations.whom", { company: visible(of.company, "prose"), what })}</td>
    </tr>
  );
}

function TelemetrySection() {
  const shown = useAnswer("show_telemetry", {});
  const set = useAction("set_telemetry");
  const [typed, setTyped] = useState<string | null>(null);
  const current = set.data ?? shown.data;
  const address = typed ?? current?.address ?? "";
  const save = () => {
    set.mutate(address.trim() === "" ? {} : { address: address.trim() }, { onSuccess: () => setTyped(null) });
  };
  return (
    <section className={styles.section} aria-labelledby="telemetry-heading">
      <h2 id="telemetry-heading" className={styles.heading}>{t("telemetry.title")}</h2>
      <p className="quiet">{t("telemetry.about")}</p>
      <form className={styles.form} onSubmit={(event) => { event.preventDefault(); save(); }}>
        <Field label={t("telemetry.address")} hint={t("telemetry.hint")} value={address} maxLength={2000} onChange={(event) => setTyped(event.target.value)} />
        <div className={styles.actions}>
          <Button type="submit" disabled={set.isPending || typed === null}>{t("telemetry.save")}</Button>
          {current?.address != null && <Button type="button" look="quiet" disabled={set.isPending} onClick={() => set.mutate({}, { onSuccess: () => setTyped(null) })}>{t("telemetry.off")}</Button>}
        </div>
      </form>
      {set.error !== null && <ErrorNote error={set.error} reading />}
      {current !== undefined && (
        <p role="status">
          {current.address === null ? t("telemetry.isOff") : shown.data?.problem != null ? t("telemetry.problem", { why: visible(shown.data.problem, "prose") }) : t("telemetry.isOn")}
          {shown.data?.taken_at != null && <> <Time at={shown.data.taken_at} /></>}
        </p>
      )}
    </section>
  );
}

function SupportSection() {
  const prepare = useAction("prepare_diagnostics");
  const save = useAction("save_diagnostics");
  const [to, setTo] = useState("");
  const text = prepare.data;
  const can = text !== undefined && to.trim() !== "" && !save.isPending;
  return (
    <section className={styles.section} aria-labelledby="support-heading">
      <div className={styles.head}>
        <h2 id="support-heading" className={styles.heading}>{t("support.title")}</h2>
        <Button disabled={prepare.isPending} onClick={() => { save.reset(); prepare.mutate({}); }}>{t(text === undefined ? "support.show" : "support.again")}</Button>
      </div>
      <p className="quiet">{t("support.about")}</p>
      {prepare.error !== null && <ErrorNote error={prepare.error} reading />}
      {text !== undefined && (
        <>
          {/* It scrolls by itself, so it must be reached by keyboard. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre className={styles.text} tabIndex={0} role="region" aria-label={t("support.text")}>{text.text.split("\n").map((line) => visible(line, "exact")).join("\n")}</pre>
          <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (can) save.mutate({ digest: text.digest, to: to.trim() }); }}>
            <Field label={t("support.file")} hint={t("support.fileHint")} value={to} maxLength={1000} onChange={(event) => setTo(event.target.value)} />
            <div className={styles.actions}><Button type="submit" disabled={!can}>{t("support.save")}</Button></div>
          </form>
        </>
      )}
      {save.error !== null && <ErrorNote error={save.error} reading />}
      {save.data !== undefined && <p role="status">{t("support.saved")} <Id id={save.data.path} /></p>}
    </section>
  );
}
