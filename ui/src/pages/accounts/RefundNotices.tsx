import { useState } from "react";

import type { AccountView, RefundNoticesView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice, Field } from "#ui/components/Field";
import { Id } from "#ui/components/Id";
import { Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { visible } from "#ui/format/text";
import { t, tn, word } from "#ui/messages/t";

import styles from "./AccountsPage.module.css";

interface RefundNoticesDialogProps {
  account: AccountView;
  onClose: () => void;
}

/** Whether a refund that settled tells its payer by itself, how, and whom nobody told. */
export function RefundNoticesDialog({ account, onClose }: RefundNoticesDialogProps) {
  const shown = useAnswer("show_refund_notices", { label: account.label });
  const set = useAction("set_refund_notices");
  return (
    <Dialog open wide title={t("notices.title", { label: visible(account.label, "exact") })} about={t("notices.about")} busy={set.isPending} onClose={onClose}>
      {shown.data === undefined ? (
        shown.error === null ? <Loading rows={3} /> : <Failed error={shown.error} again={() => void shown.refetch()} />
      ) : (
        <>
          <NoticesForm rule={shown.data} pending={set.isPending} error={set.error} onClose={onClose} onSet={(wish) => set.mutate({ label: account.label, ...wish }, { onSuccess: onClose })} />
          <NotTold rule={shown.data} />
        </>
      )}
    </Dialog>
  );
}

interface NoticesFormProps {
  rule: RefundNoticesView;
  pending: boolean;
  error: Parameters<typeof ErrorNote>[0]["error"] | null;
  onSet: (wish: { on: boolean; channel: string; by?: string; template: string; language: string }) => void;
  onClose: () => void;
}

function NoticesForm({ rule, pending, error, onSet, onClose }: NoticesFormProps) {
  const [on, setOn] = useState(rule.on ? "on" : "off");
  const [channel, setChannel] = useState(rule.channel);
  const [by, setBy] = useState(rule.by ?? "");
  const [template, setTemplate] = useState(rule.template ?? "");
  const [language, setLanguage] = useState(rule.language ?? "");
  const accounts = useAnswer("list_accounts", {});
  const senders = (accounts.data?.items ?? []).filter((one) => one.capability === channel).map((one) => one.label);
  const sender = senders.find((one) => one === by) ?? senders[0] ?? "";
  const send = () => onSet({ on: on === "on", channel, ...(sender === "" ? {} : { by: sender }), template: template.trim(), language: language.trim() });
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); send(); }}>
      <Choice label={t("notices.on")} value={on} disabled={pending} onChange={setOn} options={[{ value: "off", label: t("notices.isOff") }, { value: "on", label: t("notices.isOn") }]} />
      <Choice label={t("compose.channel")} value={channel} disabled={pending} onChange={(value) => { setChannel(value); setTemplate(""); }} options={["email", "sms"].map((one) => ({ value: one, label: word("channel", one) }))} />
      {senders.length > 0
        ? <Choice label={t("compose.account")} value={sender} disabled={pending} onChange={setBy} options={senders.map((one) => ({ value: one, label: visible(one, "exact") }))} />
        : accounts.data !== undefined && <p role="note">{t("notices.noSender")}</p>}
      <Field label={t("messages.template")} hint={t("notices.templateHint")} value={template} maxLength={64} disabled={pending} onChange={(event) => setTemplate(event.target.value)} />
      <Field label={t("notices.language")} hint={t("notices.languageHint")} value={language} maxLength={12} disabled={pending} onChange={(event) => setLanguage(event.target.value)} />
      {error !== null && <ErrorNote error={error} />}
      {accounts.error !== null && <ErrorNote error={accounts.error} reading />}
      <DialogFoot>
        <Button onClick={onClose} disabled={pending}>{t("dialog.cancel")}</Button>
        <Button type="submit" look="main" disabled={pending || accounts.isPending}>{t("notices.set")}</Button>
      </DialogFoot>
    </form>
  );
}

/** What waits, and of whom it is known that nobody told them. */
function NotTold({ rule }: { rule: RefundNoticesView }) {
  return (
    <>
      {rule.waiting > 0 && <p role="status">{tn("notices.waiting", rule.waiting)}</p>}
      {rule.not_sent.length > 0 && (
        <section aria-label={t("notices.notSent")}>
          <h3>{t("notices.notSent")}</h3>
          <ul className={styles.notTold}>
            {rule.not_sent.map((one, at) => (
              <li key={`${one.refund ?? ""}-${at}`}>
                <span className="quiet"><Time at={one.created} short /></span>
                {one.refund !== null && <Id id={one.refund} />}
                <span>{one.reason !== null && word("noticeReason", one.reason)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
