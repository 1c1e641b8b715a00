import { useId, useState } from "react";

import type { TextTemplateView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { Failed, Loading } from "#ui/components/State";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { t } from "#ui/messages/t";

import styles from "./Messages.module.css";

/** Our own templates of SMS: kept here, since Twilio has none for texts that a person writes. */
export function TextTemplatesDialog({ onClose }: { onClose: () => void }) {
  const found = useAnswer("list_text_templates", {});
  const [edited, setEdited] = useState<{ name: string; text: string } | null>(null);
  const remove = useAction("remove_text_template");
  const all = found.data?.items ?? [];
  return (
    <Dialog open wide title={t("textTemplates.title")} about={t("textTemplates.about")} busy={remove.isPending} onClose={onClose}>
      {edited !== null ? (
        <TextTemplateForm start={edited} onDone={() => setEdited(null)} />
      ) : (
        <>
          {found.data === undefined ? found.error === null ? <Loading rows={3} /> : <Failed error={found.error} again={() => void found.refetch()} /> : all.length === 0 && <p className="quiet">{t("textTemplates.none")}</p>}
          <ul className={styles.thread}>
            {all.map((one) => <Line key={one.name} template={one} busy={remove.isPending} onEdit={() => setEdited(one)} onRemove={() => remove.mutate({ name: one.name })} />)}
          </ul>
          {remove.error !== null && <ErrorNote error={remove.error} />}
          <DialogFoot>
            <Button onClick={onClose}>{t("dialog.close")}</Button>
            <Button look="main" icon="plus" onClick={() => setEdited({ name: "", text: "" })}>{t("textTemplates.new")}</Button>
          </DialogFoot>
        </>
      )}
    </Dialog>
  );
}

function Line({ template, busy, onEdit, onRemove }: { template: TextTemplateView; busy: boolean; onEdit: () => void; onRemove: () => void }) {
  const name = visible(template.name, "exact");
  return (
    <li className={styles.turn}>
      <div className={styles.turnHead}>
        <strong><Untrusted text={template.name} /></strong>
        <Button disabled={busy} aria-label={t("textTemplates.editOf", { name })} onClick={onEdit}>{t("textTemplates.edit")}</Button>
        <Button disabled={busy} aria-label={t("textTemplates.removeOf", { name })} onClick={onRemove}>{t("textTemplates.remove")}</Button>
      </div>
      <p><Untrusted text={template.text} /></p>
    </li>
  );
}

function TextTemplateForm({ start, onDone }: { start: { name: string; text: string }; onDone: () => void }) {
  const [name, setName] = useState(start.name);
  const [text, setText] = useState(start.text);
  const save = useAction("save_text_template");
  const textId = useId();
  const ready = name.trim() !== "" && text.trim() !== "" && !save.isPending;
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (ready) save.mutate({ name: name.trim(), text }, { onSuccess: onDone }); }}>
      {/* Another name would be another template. */}
      <Field label={t("templates.name")} value={name} maxLength={64} disabled={save.isPending || start.name !== ""} onChange={(event) => setName(event.target.value)} />
      <div>
        <label htmlFor={textId} className={styles.label}>{t("compose.text")}</label>
        <textarea id={textId} className={styles.text} value={text} maxLength={10_000} disabled={save.isPending} placeholder={t("textTemplates.hint")} onChange={(event) => setText(event.target.value)} />
      </div>
      {save.error !== null && <ErrorNote error={save.error} />}
      <DialogFoot>
        <Button disabled={save.isPending} onClick={onDone}>{t("dialog.cancel")}</Button>
        <Button type="submit" look="main" disabled={!ready}>{t("textTemplates.save")}</Button>
      </DialogFoot>
    </form>
  );
}
