import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { count } from "#ui/format/locale";
import { t } from "#ui/messages/t";

/** Reads the vendors' own lists of messages, where an account has one, and says what that came to. */
export function SyncButton({ disabled }: { disabled: boolean }) {
  const accounts = useAnswer("list_accounts", {});
  const sync = useAction("sync_messages", "messages.syncFailed");
  const account = accounts.data?.items.find((one) => one.capability === "sms");
  if (account === undefined) return null;
  const done = sync.data;
  return (
    <>
      <span className="quiet" role="status">
        {done !== undefined && t(done.in_doubt > 0 ? "messages.syncedDoubt" : "messages.synced", { read: count.format(done.read), new: count.format(done.new), doubt: count.format(done.in_doubt) })}
      </span>
      <Button title={t("messages.syncTitle")} disabled={disabled || sync.isPending} onClick={() => sync.mutate({ account: account.label })}>{t(sync.isPending ? "messages.syncing" : "messages.sync")}</Button>
    </>
  );
}
