import { useState } from "react";

import type { AccountView, ErrorBody } from "#ui/bindings/contract";
import { useAction } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { visible } from "#ui/format/text";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t } from "#ui/messages/t";

import styles from "./AccountsPage.module.css";
import { Permissions } from "./Permissions";

interface WriteKeyDialogProps {
  account: AccountView;
  onClose: () => void;
}

/** Gives an account a second key for what moves money, or takes it away. */
export function WriteKeyDialog({ account, onClose }: WriteKeyDialogProps) {
  return (
    <Dialog open wide title={t("writeKey.title", { label: visible(account.label, "exact") })} about={t("writeKey.about")} onClose={onClose}>
      <WriteKeyForm account={account} onClose={onClose} />
    </Dialog>
  );
}

/** Inside the dialog, so that its keys are those of the dialog. */
function WriteKeyForm({ account, onClose }: WriteKeyDialogProps) {
  const [key, setKey] = useState("");
  const [error, setError] = useState<ErrorBody | null>(null);
  const set = useAction("set_write_key");
  const can = key.trim() !== "" && !set.isPending;
  const send = (source: { key: { from: "text"; key: string } } | Record<string, never>) => {
    setError(null);
    // A key is kept nowhere on the page once it was tried, not even in the memory of the last request.
    set.mutate({ label: account.label, ...source }, { onSuccess: onClose, onError: (failure) => { setError(failure); setKey(""); }, onSettled: () => set.reset() });
  };
  const add = () => {
    if (can) send({ key: { from: "text", key: key.trim() } });
  };
  useHotkey("submit", add, can);
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); add(); }}>
      <Permissions open second />
      <Field label={t("writeKey.key")} hint={t("writeKey.hint")} type="password" autoComplete="new-password" value={key} maxLength={500} disabled={set.isPending} onChange={(event) => setKey(event.target.value)} />
      {error !== null && <ErrorNote error={error} />}
      <DialogFoot>
        <Button onClick={onClose} disabled={set.isPending}>{t("dialog.cancel")}</Button>
        {account.write_key_location !== null && <Button disabled={set.isPending} onClick={() => send({})}>{t("writeKey.remove")}</Button>}
        <Button type="submit" look="main" hotkey="submit" disabled={!can}>{t(set.isPending ? "connect.sending" : "writeKey.set")}</Button>
      </DialogFoot>
    </form>
  );
}
