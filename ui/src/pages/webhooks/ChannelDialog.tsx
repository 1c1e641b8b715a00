import { useDeferredValue, useState } from "react";

import type { ChannelKind, ChannelRegion, ChannelRules, ChannelView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice, Field } from "#ui/components/Field";
import { visible } from "#ui/format/text";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, word } from "#ui/messages/t";

import { hoursIn, rulesOf, textsOf, type RuleTexts } from "./channelRules";
import styles from "./Webhooks.module.css";

const KINDS: readonly ChannelKind[] = ["slack", "pagerduty", "email", "desktop"];

/** Adds a channel, or changes one. Its secret is sent once and never comes back. */
export function ChannelDialog({ channel, onClose }: { channel: ChannelView | null; onClose: () => void }) {
  return (
    <Dialog open wide title={t(channel === null ? "channels.add" : "channels.edit")} about={t("channels.about")} onClose={onClose}>
      <ChannelForm channel={channel} onClose={onClose} />
    </Dialog>
  );
}

function ChannelForm({ channel, onClose }: { channel: ChannelView | null; onClose: () => void }) {
  const [kind, setKind] = useState<ChannelKind>(channel?.kind ?? "slack");
  const [name, setName] = useState(channel?.name ?? "");
  const [secret, setSecret] = useState("");
  const [texts, setTexts] = useState<RuleTexts>(() => textsOf(channel?.rules ?? null, Intl.DateTimeFormat().resolvedOptions().timeZone));
  const add = useAction("add_channel");
  const change = useAction("change_channel");
  const rules = rulesOf(kind, texts);
  const busy = add.isPending || change.isPending;
  const hasSecret = kind === "desktop" || secret.trim() !== "" || channel !== null;
  const can = name.trim() !== "" && rules !== null && hasSecret && !busy;
  const send = () => {
    if (!can) return;
    const given = kind === "desktop" || secret.trim() === "" ? {} : { secret: { from: "text" as const, key: secret.trim() } };
    if (channel === null) add.mutate({ kind, name: name.trim(), rules, ...given }, { onSuccess: onClose });
    else change.mutate({ id: channel.id, name: name.trim(), rules, ...given }, { onSuccess: onClose });
  };
  useHotkey("submit", send, can);
  const error = add.error ?? change.error;
  const set = (one: Partial<RuleTexts>) => setTexts({ ...texts, ...one });
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); send(); }}>
      <Field label={t("channels.name")} value={name} maxLength={60} onChange={(event) => setName(event.target.value)} />
      {channel === null && <Choice label={t("channels.kind")} value={kind} onChange={(value) => { setKind(value as ChannelKind); setSecret(""); }} options={KINDS.map((one) => ({ value: one, label: word("channelKind", one) }))} />}
      {kind !== "desktop" && (
        <Field type="password" label={t(`channels.secret.${kind}`)} value={secret} maxLength={500} hint={`${t("channels.secretHint")}${channel === null ? "" : ` ${t("channels.secretKept")}`}`} onChange={(event) => setSecret(event.target.value)} />
      )}
      {kind === "email" && (
        <div className={styles.pair}>
          <Field label={t("channels.from")} value={texts.from} maxLength={254} onChange={(event) => set({ from: event.target.value })} />
          <Field label={t("channels.to")} value={texts.to} hint={t("channels.toHint")} maxLength={2_600} onChange={(event) => set({ to: event.target.value })} />
        </div>
      )}
      {(kind === "email" || kind === "pagerduty") && (
        <Choice label={t("channels.region")} value={texts.region} onChange={(value) => set({ region: value as ChannelRegion })} options={[{ value: "us", label: t("channels.region.us") }, { value: "eu", label: t("channels.region.eu") }]} />
      )}
      <Field label={t("channels.events")} value={texts.events} hint={t("channels.eventsHint")} maxLength={2_000} onChange={(event) => set({ events: event.target.value })} />
      <Field label={t("channels.conditions")} value={texts.conditions} hint={t("channels.conditionsHint")} maxLength={2_000} onChange={(event) => set({ conditions: event.target.value })} />
      <div className={styles.pair}>
        <Field label={t("channels.quiet")} value={texts.quiet} hint={t("channels.quietHint")} maxLength={20} {...(hoursIn(texts.quiet) === null && texts.quiet.trim() !== "" ? { wrong: t("channels.quietHint") } : {})} onChange={(event) => set({ quiet: event.target.value })} />
        <Field label={t("channels.zone")} value={texts.zone} maxLength={60} onChange={(event) => set({ zone: event.target.value })} />
      </div>
      <Field label={t("channels.perHour")} value={texts.perHour} inputMode="numeric" hint={t("channels.perHourHint")} maxLength={4} onChange={(event) => set({ perHour: event.target.value })} />
      <label className={styles.tick}><input type="checkbox" checked={texts.personal} onChange={(event) => set({ personal: event.target.checked })} /> {t("channels.personal")}</label>
      <Preview kind={kind} rules={rules} />
      {error !== null && <ErrorNote error={error} reading />}
      <DialogFoot>
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
        <Button type="submit" look="main" hotkey="submit" disabled={!can}>{t(channel === null ? "channels.add" : "channels.save")}</Button>
      </DialogFoot>
    </form>
  );
}

/** How each message would look there, as the Desk renders it. */
function Preview({ kind, rules }: { kind: ChannelKind; rules: ChannelRules | null }) {
  const [chosen, setChosen] = useState("paydesk.refund.needs_person");
  const asked = useDeferredValue(rules);
  // What is shown before a sender is typed does not hang on it.
  const whole = asked === null ? null : kind === "email" ? { ...asked, from: asked.from ?? "desk@example.com", to: asked.to.length === 0 ? ["ops@example.com"] : asked.to } : asked;
  const shown = useAnswer("preview_channel", { kind, rules: whole ?? { events: [], conditions: [], with_personal: false, region: "us", to: [] } }, { keep: true, enabled: whole !== null });
  const message = shown.data?.messages.find((one) => one.type === chosen);
  return (
    <section className={styles.preview} aria-label={t("channels.preview")}>
      <h3>{t("channels.preview")}</h3>
      {shown.data === undefined || message === undefined || whole === null || shown.error !== null ? <p className="quiet">{t("channels.noRules")}</p> : (
        <>
          <Choice label={t("channels.previewOf")} value={chosen} onChange={setChosen} options={shown.data.messages.map((one) => ({ value: one.type, label: one.type }))} />
          {!message.wanted && <p className="quiet">{t("channels.notWanted")}</p>}
          {/* What scrolls is reached by the keyboard, too. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre tabIndex={0} role="region" aria-label={t("channels.asSent")}>{message.text.split("\n").map((line) => visible(line, "prose")).join("\n")}</pre>
        </>
      )}
    </section>
  );
}
