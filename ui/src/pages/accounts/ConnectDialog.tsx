import { useState } from "react";

import type { Connected, ErrorBody } from "#ui/bindings/contract";
import { useAction } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t } from "#ui/messages/t";
import { platform } from "#ui/platform/index";

import styles from "./AccountsPage.module.css";
import { ConnectedNote } from "./ConnectedNote";
import { Permissions } from "./Permissions";
import { KeyField, type KeyInput, keySource, NO_KEY } from "./KeyField";

/** Connects an account by a key that is typed, pasted or taken from a `.env` file. */
export function ConnectDialog({ onClose }: { onClose: () => void }) {
  const [connected, setConnected] = useState<Connected | null>(null);
  return (
    <Dialog open wide title={t(connected === null ? "accounts.connect" : "connect.done")} {...(connected === null ? { about: t(`connect.about.${platform.environment()}`) } : {})} onClose={onClose}>
      {connected === null ? <ConnectForm onConnected={setConnected} onClose={onClose} /> : <ConnectedNote connected={connected} onClose={onClose} />}
    </Dialog>
  );
}

interface ConnectFormProps {
  onConnected: (connected: Connected) => void;
  onClose: () => void;
}

function ConnectForm({ onConnected, onClose }: ConnectFormProps) {
  const [label, setLabel] = useState("");
  const [baseUrl, setBaseUrl] = useState("");
  const [key, setKey] = useState<KeyInput>(NO_KEY);
  const [error, setError] = useState<ErrorBody | null>(null);
  const connect = useAction("connect_account");
  const sync = useAction("start_sync", "sync.failedToStart");
  const source = keySource(key);
  const can = label.trim() !== "" && source !== null && !connect.isPending;
  const send = () => {
    if (source === null || !can) return;
    setError(null);
    connect.mutate(
      { vendor: "stripe", label: label.trim(), key: source, ...(baseUrl.trim() === "" ? {} : { base_url: baseUrl.trim() }) },
      {
        onSuccess: (done) => {
          if (done.account.environment === platform.environment()) sync.mutate({ account: done.account.label, wait: false });
          onConnected(done);
        },
        onError: setError,
        // A key is kept nowhere on the page once it was tried, not even in the memory of the last request.
        onSettled: () => connect.reset(),
      },
    );
  };
  useHotkey("submit", send, can);
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); send(); }}>
      <Field label={t("connect.label")} hint={t("connect.labelHint")} value={label} maxLength={64} onChange={(event) => setLabel(event.target.value)} />
      <KeyField value={key} onChange={setKey} />
      <Permissions />
      <Field label={t("connect.baseUrl")} hint={t("connect.baseUrlHint")} value={baseUrl} maxLength={200} onChange={(event) => setBaseUrl(event.target.value)} />
      {error !== null && <ErrorNote error={error} reading />}
      <DialogFoot>
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
        <Button type="submit" look="main" hotkey="submit" disabled={!can}>{t(connect.isPending ? "connect.sending" : "connect.do")}</Button>
      </DialogFoot>
    </form>
  );
}
