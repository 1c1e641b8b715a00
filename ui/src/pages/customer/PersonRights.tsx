import { useState } from "react";

import type { CustomerDetail } from "#ui/bindings/contract";
import { useAction } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { Id } from "#ui/components/Id";
import { visible } from "#ui/format/text";
import { t, tn } from "#ui/messages/t";

import styles from "./CustomerPage.module.css";

/** What a person may ask for: a copy of all that is held of them, and to be erased. */
export function PersonRights({ customer }: { customer: CustomerDetail }) {
  const [open, setOpen] = useState<"copy" | "erase" | null>(null);
  return (
    <>
      <Button onClick={() => setOpen("copy")}>{t("person.copy")}</Button>
      <Button look="danger" onClick={() => setOpen("erase")}>{t("person.erase")}</Button>
      {open === "copy" && <CopyDialog customer={customer} onClose={() => setOpen(null)} />}
      {open === "erase" && <EraseDialog customer={customer} onClose={() => setOpen(null)} />}
    </>
  );
}

interface PersonDialogProps {
  customer: CustomerDetail;
  onClose: () => void;
}

function CopyDialog({ customer, onClose }: PersonDialogProps) {
  const [to, setTo] = useState("");
  const copy = useAction("export_customer");
  const can = to.trim() !== "" && !copy.isPending;
  return (
    <Dialog open title={t("person.copyTitle")} about={t("person.copyAbout")} busy={copy.isPending} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (can) copy.mutate({ id: customer.id, account: customer.account, to: to.trim() }); }}>
        <Field label={t("person.file")} hint={t("person.fileHint")} value={to} maxLength={1000} onChange={(event) => setTo(event.target.value)} />
        {copy.error !== null && <ErrorNote error={copy.error} reading />}
        {copy.data?.path != null && <p role="status">{tn("person.copied", copy.data.records)} <Id id={copy.data.path} /></p>}
        <DialogFoot>
          <Button onClick={onClose} disabled={copy.isPending}>{t(copy.data === undefined ? "dialog.cancel" : "dialog.done")}</Button>
          <Button type="submit" look="main" disabled={!can}>{t("person.copyDo")}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

function EraseDialog({ customer, onClose }: PersonDialogProps) {
  const [typed, setTyped] = useState("");
  const erase = useAction("erase_customer");
  const shown = visible(customer.id, "exact");
  const can = typed.trim() === customer.id && !erase.isPending;
  const done = erase.data;
  return (
    <Dialog open title={t("person.eraseTitle", { id: shown })} about={t("person.eraseAbout")} busy={erase.isPending} onClose={onClose}>
      {done === undefined ? (
        <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (can) erase.mutate({ id: customer.id, account: customer.account, confirm: typed.trim() }); }}>
          <Field label={t("person.typeId", { id: shown })} value={typed} maxLength={255} onChange={(event) => setTyped(event.target.value)} />
          {erase.error !== null && <ErrorNote error={erase.error} />}
          <DialogFoot>
            <Button onClick={onClose} disabled={erase.isPending}>{t("dialog.cancel")}</Button>
            <Button type="submit" look="danger" disabled={!can}>{t(erase.isPending ? "person.erasing" : "person.erase")}</Button>
          </DialogFoot>
        </form>
      ) : (
        <div className={styles.form}>
          <p role="status">{tn("person.erased", done.records.reduce((sum, one) => sum + one.records, 0))}</p>
          <p>{t("person.atVendor")}</p>
          {done.copies.length > 0 && (
            <>
              <p>{t("person.inCopies")}</p>
              <ul>{done.copies.map((path) => <li key={path}><Id id={path} /></li>)}</ul>
            </>
          )}
          <DialogFoot><Button look="main" onClick={onClose}>{t("dialog.done")}</Button></DialogFoot>
        </div>
      )}
    </Dialog>
  );
}
