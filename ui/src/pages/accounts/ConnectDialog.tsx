import { useState } from "react";

import type { Connected, ErrorBody } from "#ui/bindings/contract";
import { useAction } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice, Field } from "#ui/components/Field";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, word } from "#ui/messages/t";
import { platform } from "#ui/platform/index";

import styles from "./AccountsPage.module.css";
import { ConnectedNote } from "./ConnectedNote";
import { Permissions } from "./Permissions";
import { KeyField, type KeyInput, KeyText, keySource, NO_KEY } from "./KeyField";

/** Connects an account by a key that is typed, pasted or taken from a `.env` file. */
export function ConnectDialog({ onClose }: { onClose: () => void }) {
  const [connected, setConnected] = useState<Connected | null>(null);
  return (
    <Dialog open wide title={t(connected === null ? "accounts.connect" : "connect.done")} {...(connected === null ? { about: t(`connect.about.${platform.environment()}`) } : {})} onClose={onClose}>
      {connected === null ? <ConnectForm onConnected={setConnected} onClose={onClose} /> : <ConnectedNote connected={connected} onClose={onClose} />}
    </Dialog>
  );
}

const VENDORS = ["stripe", "sendgrid", "twilio"] as const;
const REGIONS: Record<string, readonly string[]> = { sendgrid: ["global", "eu"], twilio: ["us1", "ie1", "au1", "jp1"] };

interface ConnectFormProps {
  onConnected: (connected: Connected) => void;
  onClose: () => void;
}

function ConnectForm({ onConnected, onClose }: ConnectFormProps) {
  const [vendor, setVendor] = useState<string>("stripe");
  const [chosenRegion, setRegion] = useState<string>("");
  const [accountSid, setAccountSid] = useState("");
  const [label, setLabel] = useState("");
  const [baseUrl, setBaseUrl] = useState("");
  const [key, setKey] = useState<KeyInput>(NO_KEY);
  const [error, setError] = useState<ErrorBody | null>(null);
  const connect = useAction("connect_account");
  const connectMail = useAction("connect_mail");
  const underway = connect.isPending || connectMail.isPending;
  const sync = useAction("start_sync", "sync.failedToStart");
  const source = keySource(key);
  const regions = REGIONS[vendor] ?? [];
  const region = regions.includes(chosenRegion) ? chosenRegion : regions[0];
  const isTwilio = vendor === "twilio";
  const can = label.trim() !== "" && source !== null && !underway && (!isTwilio || accountSid.trim() !== "");
  const send = () => {
    if (source === null || !can) return;
    setError(null);
    const address = baseUrl.trim() === "" ? {} : { base_url: baseUrl.trim() };
    if (vendor !== "stripe") {
      // Its key says nothing of an environment; whoever connects it here chose that of this window.
      connectMail.mutate({ vendor, label: label.trim(), key: source, environment: platform.environment(), ...(region === undefined ? {} : { region }), ...(isTwilio ? { account_sid: accountSid.trim() } : {}), ...address }, { onSuccess: onConnected, onError: setError, onSettled: () => connectMail.reset() });
      return;
    }
    connect.mutate(
      { vendor: "stripe", label: label.trim(), key: source, ...address },
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
      <Choice label={t("connect.vendor")} value={vendor} disabled={underway} options={VENDORS.map((one) => ({ value: one, label: word("vendor", one) }))} onChange={setVendor} />
      <Field label={t("connect.label")} hint={t("connect.labelHint")} value={label} maxLength={64} onChange={(event) => setLabel(event.target.value)} />
      {isTwilio && <Field label={t("connect.accountSid")} hint={t("connect.accountSidHint")} value={accountSid} maxLength={34} disabled={underway} onChange={(event) => setAccountSid(event.target.value)} />}
      {vendor === "stripe" ? <KeyField value={key} onChange={setKey} /> : <KeyText label={t(isTwilio ? "connect.authToken" : "connect.apiKey")} value={key.from === "text" ? key.key : ""} onChange={(text) => setKey({ from: "text", key: text })} />}
      {vendor === "stripe" ? <Permissions /> : <Choice label={t("connect.region")} value={region ?? ""} disabled={underway} options={regions.map((one) => ({ value: one, label: word("region", one) }))} hint={t("connect.regionHint")} onChange={setRegion} />}
      <Field label={t("connect.baseUrl")} hint={t("connect.baseUrlHint")} value={baseUrl} maxLength={200} onChange={(event) => setBaseUrl(event.target.value)} />
      {error !== null && <ErrorNote error={error} reading />}
      <DialogFoot>
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
        <Button type="submit" look="main" hotkey="submit" disabled={!can}>{t(underway ? "connect.sending" : "connect.do")}</Button>
      </DialogFoot>
    </form>
  );
}
