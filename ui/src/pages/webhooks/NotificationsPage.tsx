import { Link } from "@tanstack/react-router";
import { useState } from "react";

import type { ChannelTested, ChannelView } from "#ui/bindings/contract";
import { useEnvironment } from "#ui/api/home";
import { useAction, useAnswer, useRows } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { Page, Stale } from "#ui/frame/Page";
import { Grid } from "#ui/grid/Grid";
import { makeColumns } from "#ui/grid/columns";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn, word } from "#ui/messages/t";

import { ChannelDialog } from "./ChannelDialog";
import { BackToHistory } from "./EventPage";
import { RecordedDialog } from "./RecordedDialog";
import styles from "./Webhooks.module.css";

function Last({ row }: { row: ChannelView }) {
  if (row.last === null) return null;
  return (
    <>
      <Chip group="delivery" code={row.last.state} /> <Time at={row.last.created} short />{" "}
      <span className="mono"><Untrusted text={row.last.type} as="exact" /></span>
    </>
  );
}

const COLUMNS = makeColumns<ChannelView>([
  { id: "name", header: t("channels.name"), track: "minmax(110px, 1.2fr)", cell: ({ name }) => <Untrusted text={name} /> },
  { id: "kind", header: t("channels.kind"), track: "minmax(90px, 0.7fr)", cell: (row) => word("channelKind", row.kind) },
  { id: "state", header: t("column.state"), track: "minmax(80px, 0.6fr)", cell: (row) => <Chip group="endpointState" code={row.state} /> },
  { id: "events", header: t("channels.events"), track: "minmax(120px, 1.5fr)", cell: (row) => <span className="mono"><Untrusted text={row.rules.events.join(", ")} as="exact" /></span> },
  { id: "waiting", header: t("channels.waiting"), track: "76px", number: true, cell: (row) => count.format(row.waiting) },
  { id: "failed", header: t("channels.failed"), track: "72px", number: true, cell: (row) => count.format(row.failed) },
  { id: "last", header: t("channels.last"), track: "minmax(200px, 2fr)", cell: (row) => <Last row={row} /> },
]);

type Open = { what: "add" } | { what: "recorded" } | { what: "edit" | "remove"; channel: ChannelView } | null;

/** Where messages of Paydesk's own go. */
export function NotificationsPage() {
  const channels = useAnswer("list_channels", {});
  const isSandbox = useEnvironment()?.environment === "sandbox";
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const add = <Button look="main" icon="plus" onClick={() => setOpen({ what: "add" })}>{t("channels.add")}</Button>;
  return (
    <Page
      title={<><BackToHistory />{t("channels.title")}</>}
      aside={
        <>
          {isSandbox && <Button look="quiet" onClick={() => setOpen({ what: "recorded" })}>{t("channels.recorded")}</Button>}
          <Link to="/webhooks/endpoints" className={styles.link}>{t("webhooks.endpoints")}</Link>
          {add}
        </>
      }
    >
      {channels.data === undefined ? (
        channels.error === null ? <Loading rows={4} /> : <Failed error={channels.error} again={() => void channels.refetch()} />
      ) : channels.data.items.length === 0 ? (
        <Empty title={t("channels.none")} hint={t("channels.noneHint")} />
      ) : (
        <>
          <Stale error={channels.error} again={() => void channels.refetch()} />
          <Grid
            name={t("channels.title")} rows={channels.data.items} columns={COLUMNS} rowId={(row) => row.id} total={channels.data.total}
            detail={(row) => <Detail channel={row} onEdit={() => setOpen({ what: "edit", channel: row })} onRemove={() => setOpen({ what: "remove", channel: row })} />}
            remember="channels"
          />
        </>
      )}
      {open?.what === "add" && <ChannelDialog channel={null} onClose={close} />}
      {open?.what === "edit" && <ChannelDialog channel={open.channel} onClose={close} />}
      {open?.what === "remove" && <RemoveDialog channel={open.channel} onClose={close} />}
      {open?.what === "recorded" && <RecordedDialog onClose={close} />}
    </Page>
  );
}

interface DetailProps {
  channel: ChannelView;
  onEdit: () => void;
  onRemove: () => void;
}

/** What a channel is told by, how it stands, and what can be done with it. */
function Detail({ channel, onEdit, onRemove }: DetailProps) {
  const pause = useAction("pause_channel", "channels.changeFailed");
  const resume = useAction("resume_channel", "channels.changeFailed");
  const test = useAction("test_channel");
  const runs = channel.state === "on";
  return (
    <div className={styles.channel}>
      {channel.reason !== null && <p className={styles.why} role="note">{visible(word("channelReason", channel.reason), "prose")}</p>}
      {channel.quiet_until !== null && <p role="note"><Words of="channels.quietUntil" with={{ time: <Time at={channel.quiet_until} short /> }} /></p>}
      <p className="quiet">{rulesInWords(channel)}</p>
      {channel.last?.problem != null && <p className="quiet">{visible(word("deliveryProblem", channel.last.problem), "prose")}</p>}
      <div className={styles.channelTools}>
        <Button disabled={test.isPending} onClick={() => test.mutate({ id: channel.id })}>{t("channels.test")}</Button>
        <Button disabled={pause.isPending || resume.isPending} onClick={() => (runs ? pause : resume).mutate({ id: channel.id })}>{t(runs ? "channels.pause" : "channels.resume")}</Button>
        <Button onClick={onEdit}>{t("channels.edit")}</Button>
        <Button look="danger" onClick={onRemove}>{t("channels.remove")}</Button>
      </div>
      {test.error !== null && <ErrorNote error={test.error} reading />}
      {test.data !== undefined && <Tested tested={test.data} />}
      <Sent id={channel.id} />
    </div>
  );
}

/** The messages of a channel from the newest on, with those that a summary stands for: each leads to what it tells of. */
function Sent({ id }: { id: string }) {
  const sent = useRows("list_deliveries", { endpoint: id });
  if (sent.error !== null) return <ErrorNote error={sent.error} reading />;
  if (sent.rows.length === 0) return null;
  return (
    <>
      <ul className={styles.sent} aria-label={t("channels.sent")}>
        {sent.rows.map((one) => (
          <li key={one.id}>
            <Time at={one.created} short /> <Chip group="delivery" code={one.state} /> <span className="mono">{visible(one.type, "exact")}</span>{" "}
            {one.object_id !== null && <><About id={one.object_id} />{" "}</>}
            {one.status !== null && <span className="mono">{String(one.status)}</span>} {one.problem !== null && <span className="quiet">{visible(word("deliveryProblem", one.problem), "prose")}</span>}
          </li>
        ))}
      </ul>
      {sent.total !== null && sent.rows.length < sent.total && <Button disabled={sent.loadingMore} onClick={sent.further}>{t("channels.older")}</Button>}
    </>
  );
}

/** What a message tells of: a payment leads to its page. */
function About({ id }: { id: string }) {
  if (!/^(ch|py|pi)_/.test(id)) return <span className="mono">{visible(id, "exact")}</span>;
  return <Link to="/payments/$id" params={{ id }} className="mono">{visible(id, "exact")}</Link>;
}

/** What came of a test. */
function Tested({ tested }: { tested: ChannelTested }) {
  const name = visible(tested.name, "prose");
  return (
    <div role="status">
      <p>{tested.taken ? (tested.status === null ? t("channels.takenDesktop") : t("channels.taken", { name })) : t("channels.notTaken", { name })}</p>
      {tested.problem !== null && <p className="quiet">{visible(word("deliveryProblem", tested.problem), "prose")}</p>}
      {tested.status !== null && <p className="quiet mono">{t("channels.answered", { status: String(tested.status), answer: visible(tested.answer, "prose") })}</p>}
    </div>
  );
}

function rulesInWords({ rules }: ChannelView): string {
  const { quiet } = rules;
  const said = [
    ...rules.conditions.map((one) => visible(one, "exact")),
    ...(rules.from == null ? [] : [t("channels.sentTo", { from: visible(rules.from, "exact"), to: rules.to.map((one) => visible(one, "exact")).join(", ") })]),
    ...(quiet == null ? [] : [t("channels.quietRule", { from: visible(quiet.from, "exact"), to: visible(quiet.to, "exact"), zone: visible(quiet.zone, "exact") })]),
    ...(rules.per_hour == null ? [] : [t("channels.perHourRule", { most: count.format(rules.per_hour) })]),
    ...(rules.with_personal ? [t("channels.namesPayers")] : []),
  ];
  return [rules.events.map((one) => visible(one, "exact")).join(", "), ...said].join(t("list.separator"));
}

function RemoveDialog({ channel, onClose }: { channel: ChannelView; onClose: () => void }) {
  return (
    <Dialog open title={t("channels.remove")} about={tn("channels.removeAbout", channel.waiting)} onClose={onClose}>
      <RemoveForm id={channel.id} onClose={onClose} />
    </Dialog>
  );
}

function RemoveForm({ id, onClose }: { id: string; onClose: () => void }) {
  const remove = useAction("remove_channel");
  const send = () => { if (!remove.isPending) remove.mutate({ id }, { onSuccess: onClose }); };
  useHotkey("submit", send);
  return (
    <>
      {remove.error !== null && <ErrorNote error={remove.error} reading />}
      <DialogFoot>
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
        <Button look="danger" hotkey="submit" disabled={remove.isPending} onClick={send}>{t("channels.remove")}</Button>
      </DialogFoot>
    </>
  );
}
