import { useState } from "react";

import { useAction } from "#ui/api/hooks";
import { useEnvironment } from "#ui/api/home";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { Id } from "#ui/components/Id";
import { visible } from "#ui/format/text";
import { t, tn } from "#ui/messages/t";

import styles from "./AccountsPage.module.css";

/** The mirror's file: looking it over, copies, their return, another key. */
export function MirrorSection() {
  const environment = useEnvironment();
  const [open, setOpen] = useState<"restore" | "rekey" | null>(null);
  const check = useAction("check_mirror_file");
  const backup = useAction("backup_mirror");
  if (environment?.mirror_exists !== true) return null;
  const failed = check.data?.checks.filter((one) => !one.passed) ?? [];
  return (
    <section className={styles.mirror} aria-labelledby="mirror-heading">
      <div className={styles.head}>
        <h2 id="mirror-heading" className={styles.label}>{t("mirror.title")}</h2>
        <span className={styles.actions}>
          <Button disabled={check.isPending} onClick={() => check.mutate({})}>{t(check.isPending ? "mirror.checking" : "mirror.check")}</Button>
          <Button disabled={backup.isPending} onClick={() => backup.mutate({})}>{t(backup.isPending ? "mirror.backingUp" : "mirror.backup")}</Button>
          <Button onClick={() => setOpen("restore")}>{t("mirror.restore")}</Button>
          {environment.encrypted === true && <Button onClick={() => setOpen("rekey")}>{t("mirror.rekey")}</Button>}
        </span>
      </div>
      <p className="quiet">{t("mirror.about")}</p>
      {check.error !== null && <ErrorNote error={check.error} reading />}
      {check.data !== undefined && (
        <p role="status">{check.data.whole ? tn("mirror.whole", check.data.checks.length) : t("mirror.broken")}</p>
      )}
      {failed.length > 0 && (
        <ul>{failed.map((one) => <li key={one.check}>{t("mirror.failed", { check: visible(one.check, "exact"), found: visible(one.found, "prose") })}</li>)}</ul>
      )}
      {backup.error !== null && <ErrorNote error={backup.error} reading />}
      {backup.data !== undefined && <p role="status">{t("mirror.copied")} <Id id={backup.data.path} /></p>}
      {open === "restore" && <RestoreDialog onClose={() => setOpen(null)} />}
      {open === "rekey" && <RekeyDialog onClose={() => setOpen(null)} />}
    </section>
  );
}

function RestoreDialog({ onClose }: { onClose: () => void }) {
  const [from, setFrom] = useState("");
  const restore = useAction("restore_mirror");
  const can = from.trim() !== "" && !restore.isPending;
  const done = restore.data;
  return (
    <Dialog open title={t("mirror.restoreTitle")} about={t("mirror.restoreAbout")} busy={restore.isPending} onClose={onClose}>
      {done === undefined ? (
        <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (can) restore.mutate({ from: from.trim() }); }}>
          <Field label={t("mirror.path")} hint={t("mirror.pathHint")} value={from} maxLength={1000} onChange={(event) => setFrom(event.target.value)} />
          {restore.error !== null && <ErrorNote error={restore.error} />}
          <DialogFoot>
            <Button onClick={onClose} disabled={restore.isPending}>{t("dialog.cancel")}</Button>
            <Button type="submit" look="danger" disabled={!can}>{t(restore.isPending ? "mirror.restoring" : "mirror.restore")}</Button>
          </DialogFoot>
        </form>
      ) : (
        <div className={styles.form}>
          <p role="status">{t("mirror.restored")}</p>
          {done.held_intents > 0 && <p>{tn("mirror.held", done.held_intents)}</p>}
          {done.carried_intents === null && <p>{t("mirror.notCarried")}</p>}
          {done.kept !== null && <p>{t("mirror.kept")} <Id id={done.kept} /></p>}
          <DialogFoot><Button look="main" onClick={onClose}>{t("dialog.done")}</Button></DialogFoot>
        </div>
      )}
    </Dialog>
  );
}

function RekeyDialog({ onClose }: { onClose: () => void }) {
  const rekey = useAction("rekey_mirror");
  return (
    <Dialog open title={t("mirror.rekeyTitle")} about={t("mirror.rekeyAbout")} busy={rekey.isPending} onClose={onClose}>
      <div className={styles.form}>
        {rekey.error !== null && <ErrorNote error={rekey.error} />}
        {rekey.data !== undefined && <p role="status">{t("mirror.rekeyed")}</p>}
        <DialogFoot>
          <Button onClick={onClose} disabled={rekey.isPending}>{t(rekey.data === undefined ? "dialog.cancel" : "dialog.done")}</Button>
          {rekey.data === undefined && (
            <Button look="danger" disabled={rekey.isPending} onClick={() => rekey.mutate({})}>{t(rekey.isPending ? "mirror.rekeying" : "mirror.rekeyDo")}</Button>
          )}
        </DialogFoot>
      </div>
    </Dialog>
  );
}
