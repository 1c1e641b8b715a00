import { useState } from "react";

import type { AccountView, MailSettingsView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice, Field } from "#ui/components/Field";
import { Failed, Loading } from "#ui/components/State";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { t } from "#ui/messages/t";

import styles from "./AccountsPage.module.css";

interface MessageSettingsProps {
  account: AccountView;
  onClose: () => void;
}

/** Who messages of an account come from, who gets real ones outside live, and what is kept and counted. */
export function MessageSettingsDialog({ account, onClose }: MessageSettingsProps) {
  const shown = useAnswer("show_mail_settings", { label: account.label });
  return (
    <Dialog open wide title={t("sending.title", { label: visible(account.label, "exact") })} about={t("sending.about")} onClose={onClose}>
      {shown.data === undefined ? (
        shown.error === null ? <Loading rows={3} /> : <Failed error={shown.error} again={() => void shown.refetch()} />
      ) : (
        <>
          <SendingForm account={account} settings={shown.data} onClose={onClose} />
          <Allowed label={account.label} allowed={shown.data.allowed} />
        </>
      )}
    </Dialog>
  );
}

const YES_NO = () => [{ value: "no", label: t("sending.no") }, { value: "yes", label: t("sending.yes") }];

function SendingForm({ account, settings, onClose }: { account: AccountView; settings: MailSettingsView; onClose: () => void }) {
  const [from, setFrom] = useState(settings.from ?? "");
  const [name, setName] = useState(settings.from_name ?? "");
  const [keep, setKeep] = useState(settings.keep_bodies ? "yes" : "no");
  const [tracking, setTracking] = useState(settings.tracking ? "yes" : "no");
  const set = useAction("set_mail_settings");
  const isEmail = account.capability === "email";
  const verified = settings.senders.filter((one) => one.verified).map((one) => one.email);
  const save = () => {
    const ofEmail = isEmail ? { from_name: name, tracking: tracking === "yes" } : {};
    set.mutate({ label: account.label, keep_bodies: keep === "yes", ...(from.trim() === "" ? {} : { from: from.trim() }), ...ofEmail }, { onSuccess: onClose });
  };
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); save(); }}>
      <Field label={t("sending.from")} hint={isEmail && verified.length > 0 ? t("sending.fromVerified", { senders: visible(verified.join(", "), "exact") }) : t(isEmail ? "sending.fromHint" : "sending.fromSmsHint")} value={from} maxLength={320} disabled={set.isPending} onChange={(event) => setFrom(event.target.value)} />
      {isEmail && <Field label={t("sending.name")} value={name} maxLength={100} disabled={set.isPending} onChange={(event) => setName(event.target.value)} />}
      <Choice label={t("sending.keep")} hint={t("sending.keepHint")} value={keep} disabled={set.isPending} onChange={setKeep} options={YES_NO()} />
      {isEmail && <Choice label={t("sending.tracking")} hint={t("sending.trackingHint")} value={tracking} disabled={set.isPending} onChange={setTracking} options={YES_NO()} />}
      {set.error !== null && <ErrorNote error={set.error} />}
      <DialogFoot>
        <Button onClick={onClose} disabled={set.isPending}>{t("dialog.cancel")}</Button>
        <Button type="submit" look="main" disabled={set.isPending}>{t("sending.save")}</Button>
      </DialogFoot>
    </form>
  );
}

/** Who gets real messages outside live; each change holds at once. */
function Allowed({ label, allowed }: { label: string; allowed: readonly string[] }) {
  const [typed, setTyped] = useState("");
  const set = useAction("set_mail_settings");
  const add = () => set.mutate({ label, allow: typed.trim() }, { onSuccess: () => setTyped("") });
  return (
    <section aria-label={t("sending.allowed")}>
      <h3>{t("sending.allowed")}</h3>
      <p className="quiet">{t("sending.allowedAbout")}</p>
      <ul className={styles.notTold}>
        {allowed.map((one) => (
          <li key={one}>
            <Untrusted personal text={one} as="exact" />
            <Button disabled={set.isPending} onClick={() => set.mutate({ label, disallow: one })}>{t("sending.disallow")}</Button>
          </li>
        ))}
      </ul>
      <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (typed.trim() !== "") add(); }}>
        <Field label={t("sending.allow")} hint={t("sending.allowHint")} personal value={typed} maxLength={320} disabled={set.isPending} onChange={(event) => setTyped(event.target.value)}
          aside={<Button type="submit" disabled={set.isPending || typed.trim() === ""}>{t("sending.add")}</Button>} />
        {set.error !== null && <ErrorNote error={set.error} />}
      </form>
    </section>
  );
}
