import { useId, useState } from "react";

import type { BulkOrigin, MailListFile, MessageContent } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice, Field } from "#ui/components/Field";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";
import bulkStyles from "#ui/pages/bulk/Bulk.module.css";

import { momentOf } from "./mailRun";
import styles from "./Messages.module.css";

interface BulkComposeProps {
  origin: BulkOrigin;
  file: MailListFile;
  onDone: (id: string) => void;
  onBack: () => void;
}

/** What everybody on a list gets: which column is the address, a template or a text, a group, and when. Nothing is sent here. */
export function BulkCompose({ origin, file, onDone, onBack }: BulkComposeProps) {
  const [requestId] = useState<string>(() => crypto.randomUUID());
  const [address, setAddress] = useState(file.address === null ? "" : String(file.address));
  const [kind, setKind] = useState<"template" | "free_text">("template");
  const [template, setTemplate] = useState("");
  const [subject, setSubject] = useState("");
  const [text, setText] = useState("");
  const [group, setGroup] = useState("");
  const [at, setAt] = useState("");
  const textId = useId();
  const templates = useAnswer("list_templates", { fresh: false });
  const groups = useAnswer("list_groups", { fresh: false });
  const make = useAction("import_mail_run");
  const content: MessageContent = kind === "template" ? { kind, id: template, data: "" } : { kind, subject, text };
  const written = kind === "template" ? template !== "" : subject.trim() !== "" && text.trim() !== "";
  const sendAt = momentOf(at);
  const ready = written && address !== "" && !make.isPending && (at === "" || sendAt !== null);
  const go = () => {
    if (!ready) return;
    make.mutate({ request_id: requestId, origin, address: Number(address), content, ...(group === "" ? {} : { group: Number(group) }), ...(sendAt === null ? {} : { send_at: sendAt }) }, { onSuccess: (run) => onDone(run.id) });
  };
  useHotkey("submit", go, ready);
  useHotkey("back", onBack, !make.isPending);
  return (
    <form className={bulkStyles.mapping} onSubmit={(event) => { event.preventDefault(); go(); }}>
      <p className={bulkStyles.file}><strong><Untrusted text={origin.from === "text" ? t("bulk.pasted") : file.name} /></strong> {tn("mailRun.inFile", file.rows)}</p>
      <Sample file={file} />
      <div className={styles.two}>
        <Choice label={t("mailRun.addressColumn")} value={address} disabled={make.isPending} onChange={setAddress}
          options={[{ value: "", label: t("mailRun.chooseColumn") }, ...file.columns.map((name, place) => ({ value: String(place), label: visible(name, "exact") }))]} />
        <Choice label={t("compose.kind")} value={kind} disabled={make.isPending} onChange={(value) => setKind(value as "template" | "free_text")}
          options={[{ value: "template", label: t("mailRun.template") }, { value: "free_text", label: t("mailRun.freeText") }]} />
        {kind === "template" && (
          <Choice label={t("messages.template")} hint={t("mailRun.templateHint")} value={template} disabled={make.isPending} onChange={setTemplate}
            options={[{ value: "", label: t("mailRun.chooseTemplate") }, ...(templates.data?.items ?? []).map((one) => ({ value: one.id, label: visible(one.name, "prose") }))]} />
        )}
        <Choice label={t("mailRun.group")} hint={t("mailRun.groupHint")} value={group} disabled={make.isPending} onChange={setGroup}
          options={[{ value: "", label: t("mailRun.noGroup") }, ...(groups.data?.items ?? []).map((one) => ({ value: String(one.id), label: visible(one.name, "prose") }))]} />
        <Field label={t("mailRun.at")} hint={t("mailRun.atHint")} type="datetime-local" value={at} disabled={make.isPending} onChange={(event) => setAt(event.target.value)} />
      </div>
      {kind === "free_text" && (
        <>
          <Field label={t("column.subject")} value={subject} maxLength={998} disabled={make.isPending} onChange={(event) => setSubject(event.target.value)} />
          <div>
            <label htmlFor={textId} className={styles.label}>{t("compose.text")}</label>
            <textarea id={textId} className={styles.text} value={text} disabled={make.isPending} maxLength={100_000} onChange={(event) => setText(event.target.value)} />
          </div>
        </>
      )}
      {groups.error !== null && <ErrorNote error={groups.error} reading />}
      {templates.error !== null && <ErrorNote error={templates.error} reading />}
      {make.error !== null && <ErrorNote error={make.error} reading />}
      <div className={styles.foot}>
        <Button disabled={make.isPending} onClick={onBack}>{t("dialog.cancel")}</Button>
        <Button look="main" type="submit" hotkey="submit" disabled={!ready}>{t(make.isPending ? "mailRun.looking" : "mailRun.look")}</Button>
      </div>
    </form>
  );
}

function Sample({ file }: { file: MailListFile }) {
  return (
    // A wide list is scrolled by keyboard too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={bulkStyles.sample} tabIndex={0} role="group" aria-label={t("mailRun.sample")}>
      <table>
        <thead><tr>{file.columns.map((name) => <th key={name} scope="col"><Untrusted text={name} as="exact" /></th>)}</tr></thead>
        <tbody>
          {file.sample.map((row, at) => (
            <tr key={at}>{file.columns.map((name, place) => <td key={name}><Untrusted personal text={row[place] ?? ""} as="exact" /></td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
