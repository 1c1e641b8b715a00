import { useState } from "react";

import type { MessageView } from "#ui/bindings/contract";
import { useAction } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t } from "#ui/messages/t";

interface LinkDialogProps {
  message: MessageView;
  onClose: () => void;
}

/** Says which payment a message is about, or that it is about none. */
export function LinkDialog(props: LinkDialogProps) {
  const link = useAction("link_message");
  const unlink = useAction("unlink_message");
  const busy = link.isPending || unlink.isPending;
  return (
    <Dialog open title={t("messages.linkTitle")} about={t("messages.linkAbout")} busy={busy} onClose={props.onClose}>
      <LinkForm
        {...props} busy={busy} error={link.error ?? unlink.error}
        onLink={(payment) => link.mutate({ id: props.message.id, payment }, { onSuccess: props.onClose })}
        onUnlink={() => unlink.mutate({ id: props.message.id }, { onSuccess: props.onClose })}
      />
    </Dialog>
  );
}

interface LinkFormProps extends LinkDialogProps {
  busy: boolean;
  error: ReturnType<typeof useAction<"link_message">>["error"];
  onLink: (payment: string) => void;
  onUnlink: () => void;
}

function LinkForm({ message, busy, error, onLink, onUnlink, onClose }: LinkFormProps) {
  const [payment, setPayment] = useState(message.payment ?? "");
  const ready = payment.trim() !== "" && !busy;
  const send = () => { if (ready) onLink(payment.trim()); };
  useHotkey("submit", send, ready);
  return (
    <form onSubmit={(event) => { event.preventDefault(); send(); }}>
      <Field label={t("messages.linkPayment")} className="mono" value={payment} placeholder={t("messages.linkHint")} maxLength={255} disabled={busy} onChange={(event) => setPayment(event.target.value)} />
      {error !== null && <ErrorNote error={error} />}
      <DialogFoot>
        <Button onClick={onClose} disabled={busy}>{t("dialog.cancel")}</Button>
        {message.payment !== null && <Button disabled={busy} onClick={onUnlink}>{t("messages.unlink")}</Button>}
        <Button type="submit" look="main" hotkey="submit" disabled={!ready}>{t("messages.link")}</Button>
      </DialogFoot>
    </form>
  );
}
