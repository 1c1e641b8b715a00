import { useState } from "react";

import type { ReplaySource, ReplayView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice, Field } from "#ui/components/Field";
import { Id } from "#ui/components/Id";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { roughly } from "#ui/format/time";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";

import { isLocal, newSecret } from "./secret";
import styles from "./Webhooks.module.css";

/** Stands for an address that is typed. */
const ADDRESS = "";

/** Sends events again: to an endpoint, or to an address on this machine. */
export function ReplayDialog({ source, onClose }: { source: ReplaySource; onClose: () => void }) {
  const [started, setStarted] = useState<{ id: string; secret: string | null } | null>(null);
  return (
    <Dialog open title={t("webhooks.replay")} about={aboutOf(source)} onClose={onClose}>
      {started === null ? <ReplayForm source={source} onStarted={setStarted} onClose={onClose} /> : <Progress {...started} onClose={onClose} />}
    </Dialog>
  );
}

function aboutOf(source: ReplaySource): string {
  switch (source.replay) {
    case "events": return tn("replay.events", source.ids.length);
    case "query": return source.query === "" ? t("replay.all") : t("replay.query", { query: visible(source.query, "exact") });
    case "failed_since": return t("replay.failed");
  }
}

interface ReplayFormProps {
  source: ReplaySource;
  onStarted: (started: { id: string; secret: string | null }) => void;
  onClose: () => void;
}

function ReplayForm({ source, onStarted, onClose }: ReplayFormProps) {
  const endpoints = useAnswer("list_endpoints", {});
  const matches = useAnswer("count_events", { query: source.replay === "query" ? source.query : "", exact: false }, { enabled: source.replay === "query" });
  const [to, setTo] = useState<string>(ADDRESS);
  const [url, setUrl] = useState("http://localhost:3000/");
  const [rate, setRate] = useState("");
  const start = useAction("start_replay");
  const target = to === ADDRESS ? url.trim() : to;
  const wrong = to === ADDRESS && url.trim() !== "" && !isLocal(url.trim()) ? t("replay.notLocal") : undefined;
  const badRate = rate !== "" && !/^[1-9]\d{0,3}$/.test(rate) ? t("replay.badRate") : undefined;
  const can = target !== "" && wrong === undefined && badRate === undefined && !start.isPending;
  const send = () => {
    if (!can) return;
    const offered = to === ADDRESS ? newSecret() : null;
    start.mutate(
      { source, to: target, scheme: "stripe", ...(offered === null ? {} : { offered_secret: offered }), ...(rate === "" ? {} : { rate_per_second: Number(rate) }) },
      { onSuccess: (replay) => onStarted({ id: replay.id, secret: replay.took_offered ? offered : null }) },
    );
  };
  useHotkey("submit", send, can);
  const options = (endpoints.data?.items ?? []).map((one) => ({ value: one.id, label: visible(one.url, "exact") }));
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); send(); }}>
      {source.replay === "query" && matches.data !== undefined && <p role="status">{tn(matches.data.exact ? "replay.matches" : "replay.matchesAtLeast", matches.data.events)}</p>}
      <Choice label={t("replay.to")} value={to} onChange={setTo} options={[{ value: ADDRESS, label: t("replay.address") }, ...options]} />
      {to === ADDRESS && <Field label={t("replay.url")} value={url} wrong={wrong} hint={t("replay.urlHint")} maxLength={2_000} onChange={(event) => setUrl(event.target.value)} />}
      <Field label={t("replay.rate")} value={rate} wrong={badRate} hint={t("replay.rateHint")} inputMode="numeric" maxLength={4} onChange={(event) => setRate(event.target.value)} />
      {start.error !== null && <ErrorNote error={start.error} reading />}
      <DialogFoot>
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
        <Button type="submit" look="main" hotkey="submit" disabled={!can}>{t("replay.send")}</Button>
      </DialogFoot>
    </form>
  );
}

function Progress({ id, secret, onClose }: { id: string; secret: string | null; onClose: () => void }) {
  const replay = useAnswer("show_replay", { id }, { keep: true });
  const cancel = useAction("cancel_replay");
  const view = replay.data;
  const running = view?.state === "preparing" || view?.state === "running";
  return (
    <div className={styles.form}>
      {secret !== null && <Secret secret={secret} />}
      {view !== undefined && <Figures replay={view} />}
      {replay.error !== null && <ErrorNote error={replay.error} reading />}
      {cancel.error !== null && <ErrorNote error={cancel.error} reading />}
      <DialogFoot>
        {running && <Button look="danger" disabled={cancel.isPending} onClick={() => cancel.mutate({ id })}>{t("replay.stop")}</Button>}
        <Button look="main" onClick={onClose}>{t(running ? "replay.goOn" : "dialog.done")}</Button>
      </DialogFoot>
    </div>
  );
}

function leftWords(ms: number): string {
  const { key, count: left } = roughly(ms);
  return tn(key, left);
}

function Figures({ replay }: { replay: ReplayView }) {
  return (
    <div role="status" className={styles.figures}>
      <p><Chip group="replayState" code={replay.state} /> <span className="mono">{visible(replay.url, "exact")}</span></p>
      <progress max={Math.max(1, replay.total)} value={replay.delivered + replay.failed + replay.canceled} aria-label={t("replay.progress")} />
      <p>{t("replay.figures", { delivered: count.format(replay.delivered), failed: count.format(replay.failed), waiting: count.format(replay.waiting), total: count.format(replay.total) })}</p>
      {replay.canceled > 0 && <p>{tn("replay.canceled", replay.canceled)}</p>}
      {replay.problem !== null && <ErrorNote error={replay.problem} reading />}
      {replay.left_out > 0 && <p>{tn("replay.leftOut", replay.left_out)}</p>}
      {replay.ended_per_second !== null && replay.remaining_ms !== null && replay.waiting > 0 && (
        <p className="quiet">{t("replay.pace", { rate: count.format(replay.ended_per_second), left: leftWords(replay.remaining_ms) })}</p>
      )}
    </div>
  );
}

/** A secret, which is shown this once, and what it is for. */
export function Secret({ secret, about = t("endpoint.secretOnce") }: { secret: string; about?: string }) {
  return (
    <div className={styles.secret} role="note">
      <p>{about}</p>
      <Id id={secret} personal />
    </div>
  );
}
