import type { AccountView, MessagesSynced } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { count } from "#ui/format/locale";
import { t } from "#ui/messages/t";

/** Reads the vendors' own lists of messages, one by one where several accounts have one, and says what that came to. */
export function SyncButton({ disabled }: { disabled: boolean }) {
  const accounts = useAnswer("list_accounts", {});
  const readable = (accounts.data?.items ?? []).filter(hasList);
  return readable.map((account) => <SyncOf key={account.id} label={account.label} named={readable.length > 1} disabled={disabled} />);
}

/** Whether the vendor lists an account's messages; with test credentials it lists none. */
function hasList(account: AccountView): boolean {
  return account.capability === "sms" && !account.rights.some((one) => one.right === "read messages" && one.answer === "denied");
}

function SyncOf({ label, named, disabled }: { label: string; named: boolean; disabled: boolean }) {
  const sync = useAction("sync_messages", "messages.syncFailed");
  const idle = named ? t("messages.syncOf", { account: label }) : t("messages.sync");
  return (
    <>
      <span className="quiet" role="status">{sync.data !== undefined && wordsOf(sync.data)}</span>
      <Button title={t("messages.syncTitle")} disabled={disabled || sync.isPending} onClick={() => sync.mutate({ account: label })}>{sync.isPending ? t("messages.syncing") : idle}</Button>
    </>
  );
}

function wordsOf(done: MessagesSynced): string {
  const words = [t(done.in_doubt > 0 ? "messages.syncedDoubt" : "messages.synced", { read: count.format(done.read), new: count.format(done.new), doubt: count.format(done.in_doubt) })];
  if (done.skipped > 0) words.push(t("messages.syncSkipped", { count: count.format(done.skipped) }));
  if (done.stopped_early) words.push(t("messages.syncStopped"));
  else if (!done.complete) words.push(t("messages.syncMore"));
  return words.join(" ");
}
