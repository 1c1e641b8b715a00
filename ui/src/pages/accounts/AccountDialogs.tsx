import { useState } from "react";

import type { AccountView } from "#ui/bindings/contract";
import { useAction } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { visible } from "#ui/format/text";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t } from "#ui/messages/t";

import styles from "./AccountsPage.module.css";

interface AccountDialogProps {
  account: AccountView;
  onClose: () => void;
}

/** Gives an account another label. */
export function RenameDialog({ account, onClose }: AccountDialogProps) {
  const rename = useAction("rename_account");
  return (
    <Dialog open title={t("accounts.renameTitle", { label: visible(account.label, "exact") })} busy={rename.isPending} onClose={onClose}>
      <LabelForm
        label={t("accounts.newLabel")} start={account.label} doIt={t("accounts.rename")} look="main"
        ready={(typed) => typed.trim() !== "" && typed !== account.label}
        pending={rename.isPending} error={rename.error} onClose={onClose}
        onDo={(typed) => rename.mutate({ label: account.label, new_label: typed.trim() }, { onSuccess: onClose })}
      />
    </Dialog>
  );
}

/** Takes another time zone for the days of an account's figures. */
export function ZoneDialog({ account, onClose }: AccountDialogProps) {
  const take = useAction("set_reporting_zone");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Dialog open title={t("accounts.zoneTitle", { label: visible(account.label, "exact") })} about={t("accounts.zoneAbout", { zone: own })} busy={take.isPending} onClose={onClose}>
      <LabelForm
        label={t("accounts.zoneName")} start={account.reporting_zone} doIt={t("accounts.takeZone")} look="main"
        ready={(typed) => typed.trim() !== "" && typed.trim() !== account.reporting_zone}
        pending={take.isPending} error={take.error} onClose={onClose}
        onDo={(typed) => take.mutate({ label: account.label, zone: typed.trim() }, { onSuccess: onClose })}
      />
    </Dialog>
  );
}

/** Removes an account, once its label was typed: its key cannot be had back. */
export function RemoveDialog({ account, onClose }: AccountDialogProps) {
  const remove = useAction("remove_account");
  const shown = visible(account.label, "exact");
  return (
    <Dialog open title={t("accounts.removeTitle", { label: shown })} about={t("accounts.removeAbout")} busy={remove.isPending} onClose={onClose}>
      <LabelForm
        label={t("accounts.typeLabel", { label: shown })} start="" doIt={t("accounts.remove")} look="danger"
        ready={(typed) => typed === account.label}
        pending={remove.isPending} error={remove.error} onClose={onClose}
        onDo={() => remove.mutate({ label: account.label }, { onSuccess: onClose })}
      />
    </Dialog>
  );
}

interface LabelFormProps {
  label: string;
  start: string;
  doIt: string;
  look: "main" | "danger";
  ready: (typed: string) => boolean;
  pending: boolean;
  error: ReturnType<typeof useAction>["error"];
  onDo: (typed: string) => void;
  onClose: () => void;
}

function LabelForm({ label, start, doIt, look, ready, pending, error, onDo, onClose }: LabelFormProps) {
  const [typed, setTyped] = useState(start);
  const can = ready(typed) && !pending;
  useHotkey("submit", () => onDo(typed), can);
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (can) onDo(typed); }}>
      <Field label={label} value={typed} maxLength={64} onChange={(event) => setTyped(event.target.value)} />
      {error !== null && <ErrorNote error={error} />}
      <DialogFoot>
        <Button onClick={onClose} disabled={pending}>{t("dialog.cancel")}</Button>
        <Button type="submit" look={look} disabled={!can}>{doIt}</Button>
      </DialogFoot>
    </form>
  );
}
