import { useState } from "react";

import type { PaymentDetail } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { Id } from "#ui/components/Id";
import { t, tn } from "#ui/messages/t";

interface EvidenceDialogProps {
  payment: PaymentDetail;
  onClose: () => void;
}

/** Writes all that is known of a payment into a page for somebody outside. */
export function EvidenceDialog({ payment, onClose }: EvidenceDialogProps) {
  const exports = useAnswer("list_exports", {});
  const write = useAction("write_evidence");
  const [typed, setTyped] = useState<string | null>(null);
  const to = typed ?? `${exports.data?.folder ?? "~/"}evidence-${payment.id.replaceAll(/[^\w-]/g, "-")}.html`;
  const can = to.trim() !== "" && !write.isPending;
  return (
    <Dialog open title={t("evidence.title")} about={t("evidence.about")} busy={write.isPending} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); if (can) write.mutate({ payment: payment.own_id, to: to.trim() }); }}>
        <Field label={t("evidence.path")} hint={t("evidence.pathHint")} value={to} maxLength={1000} disabled={write.isPending || write.data !== undefined} onChange={(event) => setTyped(event.target.value)} />
        {write.error !== null && <ErrorNote error={write.error} />}
        {write.data !== undefined && <p role="status">{tn("evidence.done", write.data.attachments.length)} <Id id={write.data.path} /></p>}
        <DialogFoot>
          <Button onClick={onClose}>{t(write.data === undefined ? "dialog.cancel" : "dialog.done")}</Button>
          {write.data === undefined && <Button type="submit" look="main" disabled={!can}>{t("evidence.do")}</Button>}
        </DialogFoot>
      </form>
    </Dialog>
  );
}
