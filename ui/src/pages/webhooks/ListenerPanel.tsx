import type { HookView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Dialog } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Id } from "#ui/components/Id";
import { Failed, Loading } from "#ui/components/State";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { t } from "#ui/messages/t";

import styles from "./Webhooks.module.css";

/** Where vendors deliver to, and whether somebody listens there. */
export function ListenerPanel({ onClose }: { onClose: () => void }) {
  const hooks = useAnswer("list_hooks", {});
  const accounts = useAnswer("list_accounts", {});
  const open = useAction("open_hook");
  const without = (accounts.data?.items ?? []).filter((account) => account.capability === "payments" && hooks.data?.items.every((hook) => hook.account !== account.label) === true);
  return (
    <Dialog open wide title={t("webhooks.listener")} about={t("webhooks.listenerAbout")} onClose={onClose}>
      {hooks.data === undefined ? (
        hooks.error === null ? <Loading rows={2} /> : <Failed error={hooks.error} again={() => void hooks.refetch()} />
      ) : (
        <ul className={styles.hooks}>
          {hooks.data.items.map((hook) => <Hook key={`${hook.account} ${hook.scheme}`} hook={hook} />)}
          {without.map((account) => (
            <li key={account.label}>
              <span className={styles.hookHead}><strong><Untrusted text={account.label} /></strong> <Chip group="listening" code="none" tone="calm" /></span>
              <p className="quiet">{t("webhooks.noPath")}</p>
              <div><Button disabled={open.isPending} onClick={() => open.mutate({ account: account.label })}>{t("webhooks.openPath")}</Button></div>
            </li>
          ))}
        </ul>
      )}
      {open.error !== null && <ErrorNote error={open.error} reading />}
    </Dialog>
  );
}

function Hook({ hook }: { hook: HookView }) {
  return (
    <li>
      <span className={styles.hookHead}>
        <strong><Untrusted text={hook.account} /></strong>
        <Chip group="listening" code={hook.listening ? "yes" : "no"} tone={hook.listening ? "good" : "bad"} />
      </span>
      {hook.url !== null && <Id id={hook.url} />}
      {hook.public_url !== null && <p className="quiet">{t("webhooks.calledAs")} <Id id={hook.public_url} /></p>}
      {hook.problem !== null && <p role="status">{t("webhooks.whyNot", { why: visible(hook.problem, "prose") })}</p>}
      {!hook.listening && hook.problem === null && <p className="quiet">{t("webhooks.notNow")}</p>}
      <p className="quiet">{t("webhooks.signedAs", { scheme: visible(hook.scheme, "exact"), place: visible(hook.secret_location, "exact") })}</p>
    </li>
  );
}
