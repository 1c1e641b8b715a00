import { useDeferredValue, useState } from "react";

import type { LogLevel, LogLine } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useRows } from "#ui/api/hooks";
import { Label, type Tone } from "#ui/components/Chip";
import { Choice, Field } from "#ui/components/Field";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Page } from "#ui/frame/Page";
import { Grid } from "#ui/grid/Grid";
import { makeColumns } from "#ui/grid/columns";
import { t, word } from "#ui/messages/t";

import styles from "./DiagnosticsPage.module.css";

const TONES: Record<LogLevel, Tone> = { debug: "calm", info: "calm", warn: "warn", error: "bad" };
const LEVELS: readonly LogLevel[] = ["info", "warn", "error"];

function factsOf(line: LogLine): string {
  return line.facts.map(([name, value]) => `${name}=${value}`).join(" ");
}

const COLUMNS = makeColumns<LogLine>([
  { id: "at", header: t("log.at"), track: "200px", cell: (row) => <Time at={row.at} /> },
  { id: "level", header: t("log.level"), track: "84px", cell: (row) => <Label tone={TONES[row.level]}>{word("logLevel", row.level)}</Label> },
  { id: "part", header: t("log.part"), track: "minmax(110px, 0.8fr)", cell: (row) => <span className="mono"><Untrusted text={row.part} as="exact" /></span> },
  { id: "message", header: t("log.message"), track: "minmax(200px, 3fr)", cell: (row) => <><Untrusted text={row.message} /> <span className="quiet"><Untrusted text={factsOf(row)} /></span></> },
]);

function asText(line: LogLine): string {
  return [line.at, line.level, line.part, line.message, factsOf(line)].join(" ").trimEnd();
}

/** What Paydesk did, newest first. Secrets and people were masked before a line was written. */
export function LogPage() {
  const [level, setLevel] = useState<LogLevel>("info");
  const [typed, setTyped] = useState("");
  const text = useDeferredValue(typed.trim());
  const found = useRows("read_log", { level, ...(text === "" ? {} : { text }) });
  return (
    <Page title={t("log.title")}>
      <div className={styles.tools}>
        <Field label={t("log.find")} value={typed} maxLength={200} onChange={(event) => setTyped(event.target.value)} />
        <Choice label={t("log.least")} value={level} onChange={(value) => setLevel(value as LogLevel)} options={LEVELS.map((one) => ({ value: one, label: word("logLevel", one) }))} />
      </div>
      {found.error !== null && !found.known ? (
        <Failed error={found.error} again={found.again} />
      ) : found.loading ? (
        <Loading rows={8} />
      ) : found.rows.length === 0 ? (
        <Empty title={t("log.none")} hint={t("log.noneHint")} />
      ) : (
        <Grid
          name={t("log.title")} rows={found.rows} columns={COLUMNS} rowId={(row) => String(row.number)} total={found.rows.length}
          onCopy={(row) => void copyText(asText(row))}
          detail={(row) => <Facts line={row} />}
          onNearEnd={found.more} loadingMore={found.loadingMore} outdated={found.outdated} remember="log"
        />
      )}
    </Page>
  );
}

function Facts({ line }: { line: LogLine }) {
  return (
    <dl className={styles.facts}>
      <dt>{t("log.message")}</dt>
      <dd><Untrusted text={line.message} /></dd>
      {line.facts.map(([name, value]) => (
        <div key={name} className={styles.fact}>
          <dt className="mono"><Untrusted text={name} as="exact" /></dt>
          <dd className="mono"><Untrusted text={value} as="exact" /></dd>
        </div>
      ))}
    </dl>
  );
}
