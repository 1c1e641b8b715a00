import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { count } from "#ui/format/locale";
import { t } from "#ui/messages/t";

/** Asks SendGrid's activity about messages that may have been sent or not, one button for each account that may. */
export function ActivityButton({ disabled }: { disabled: boolean }) {
  const accounts = useAnswer("list_accounts", {});
  const asking = (accounts.data?.items ?? []).filter((one) => one.capability === "email" && !one.rights.some((right) => right.right === "read email activity" && right.answer === "denied"));
  return asking.map((account) => <ActivityOf key={account.id} label={account.label} named={asking.length > 1} disabled={disabled} />);
}

function ActivityOf({ label, named, disabled }: { label: string; named: boolean; disabled: boolean }) {
  const check = useAction("check_activity", "messages.activityFailed");
  const done = check.data;
  const words = done === undefined ? null : done.asked === 0 && done.waiting === 0
    ? t("messages.activityNone")
    : t("messages.activityDone", { asked: count.format(done.asked), settled: count.format(done.settled), unknown: count.format(done.unknown), waiting: count.format(done.waiting) });
  const idle = named ? t("messages.activityOf", { account: label }) : t("messages.activity");
  return (
    <>
      <span className="quiet" role="status">{words}</span>
      <Button title={t("messages.activityTitle")} disabled={disabled || check.isPending} onClick={() => check.mutate({ account: label })}>{check.isPending ? t("messages.activityAsking") : idle}</Button>
    </>
  );
}
