import { useState } from "react";

import { useHome } from "#ui/api/home";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice, Field } from "#ui/components/Field";
import { visible } from "#ui/format/text";
import { t } from "#ui/messages/t";
import styles from "#ui/pages/accounts/AccountsPage.module.css";

interface UnlockDialogProps {
  onClose: () => void;
  onUnlocked: () => void;
}

/** For how long, as seconds or as one action. */
const TIMES = ["single", "300", "600", "1800", "3600"] as const;

/** The one deliberate act that opens live for writing. */
export function UnlockDialog({ onClose, onUnlocked }: UnlockDialogProps) {
  const by = useHome()?.unlock_by;
  return by === "not_set_up" ? <SetUpDialog onClose={onClose} /> : <LabelDialog asks={by === "passphrase"} bySystem={by === "system"} onClose={onClose} onUnlocked={onUnlocked} />;
}

function LabelDialog({ asks, bySystem, onClose, onUnlocked }: UnlockDialogProps & { asks: boolean; bySystem: boolean }) {
  const [label, setLabel] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const [time, setTime] = useState<string>("600");
  const accounts = useAnswer("list_accounts", {});
  const unlock = useAction("unlock_writes");
  const labels = (accounts.data?.items ?? []).map((one) => visible(one.label, "exact"));
  const can = label !== "" && (!asks || passphrase !== "") && !unlock.isPending;
  const send = () => {
    if (!can) return;
    unlock.mutate(
      { label, one_command: false, ...(time === "single" ? { actions: 1 } : { seconds: Number(time) }), ...(asks ? { passphrase } : {}) },
      { onSuccess: onUnlocked, onError: () => setPassphrase("") },
    );
  };
  return (
    <Dialog open title={t("unlock.title")} about={t(bySystem ? "unlock.aboutSystem" : "unlock.about")} busy={unlock.isPending} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => { event.preventDefault(); send(); }}>
        <Field label={t("unlock.label")} hint={t("unlock.hint", { labels: labels.join(", ") })} value={label} disabled={unlock.isPending} onChange={(event) => setLabel(event.target.value)} />
        <Choice label={t("unlock.for")} value={time} disabled={unlock.isPending} onChange={setTime} options={TIMES.map((value) => ({ value, label: t(`unlock.time.${value}`) }))} hint={t("unlock.forHint")} />
        {asks && <Field type="password" label={t("unlock.passphrase")} hint={t("unlock.passphraseHint")} value={passphrase} maxLength={1000} disabled={unlock.isPending} onChange={(event) => setPassphrase(event.target.value)} />}
        {unlock.error !== null && <ErrorNote error={unlock.error} />}
        <DialogFoot>
          <Button onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button type="submit" look="danger" disabled={!can}>{t(unlock.isPending ? "unlock.checking" : "unlock.do")}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

/** The first passphrase, where neither the vault has one nor the system can ask. */
function SetUpDialog({ onClose }: { onClose: () => void }) {
  const [first, setFirst] = useState("");
  const [again, setAgain] = useState("");
  const set = useAction("set_unlock_passphrase");
  const differs = again !== "" && again !== first;
  const can = first.length >= 10 && first === again && !set.isPending;
  return (
    <Dialog open title={t("unlock.setUpTitle")} about={t("unlock.setUpAbout")} busy={set.isPending} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (can) set.mutate({ new: first }); }}>
        <Field type="password" label={t("unlock.newPassphrase")} hint={t("unlock.newHint")} value={first} maxLength={1000} disabled={set.isPending} onChange={(event) => setFirst(event.target.value)} />
        <Field type="password" label={t("unlock.again")} wrong={differs ? t("unlock.differs") : undefined} value={again} maxLength={1000} disabled={set.isPending} onChange={(event) => setAgain(event.target.value)} />
        {set.error !== null && <ErrorNote error={set.error} />}
        <DialogFoot>
          <Button onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button type="submit" look="main" disabled={!can}>{t("unlock.set")}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
