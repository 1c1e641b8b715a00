import { useState } from "react";

import type { HookView, OpenHook } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Dialog } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { Id } from "#ui/components/Id";
import { Failed, Loading } from "#ui/components/State";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { t } from "#ui/messages/t";

import { Secret } from "./ReplayDialog";
import { newSecret } from "./secret";
import styles from "./Webhooks.module.css";

/** Where vendors deliver to, and whether somebody listens there. */
export function ListenerPanel({ onClose }: { onClose: () => void }) {
  const hooks = useAnswer("list_hooks", {});
  const accounts = useAnswer("list_accounts", {});
  const [made, setMade] = useState<{ account: string; secret: string } | null>(null);
  const without = (accounts.data?.items ?? []).filter((account) => account.capability === "payments" && hooks.data?.items.every((hook) => hook.account !== account.label) === true);
  return (
    <Dialog open wide title={t("webhooks.listener")} about={t("webhooks.listenerAbout")} onClose={onClose}>
      {hooks.data === undefined ? (
        hooks.error === null ? <Loading rows={2} /> : <Failed error={hooks.error} again={() => void hooks.refetch()} />
      ) : (
        <ul className={styles.hooks}>
          {hooks.data.items.map((hook) => <Hook key={`${hook.account} ${hook.scheme}`} hook={hook} made={made?.account === hook.account ? made.secret : null} />)}
          {without.map((account) => (
            <li key={account.label}>
              <span className={styles.hookHead}><strong><Untrusted text={account.label} /></strong> <Chip group="listening" code="none" /></span>
              <p className="quiet">{t("webhooks.noPath")}</p>
              <SecretForm account={account.label} scheme="stripe" path={false} onMade={(secret) => setMade({ account: account.label, secret })} />
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}

/** Opens a path, by the vendor's own secret or by a new one; or gives a path that is there the vendor's own. */
function SecretForm({ account, scheme, path, onMade }: { account: string; scheme: string; path: boolean; onMade?: (secret: string) => void }) {
  const [own, setOwn] = useState("");
  const open = useAction("open_hook");
  const typed = own.trim();
  const can = !open.isPending && (typed !== "" || !path);
  const send = () => {
    if (!can) return;
    const offered = newSecret();
    const secret: Partial<OpenHook> = typed === "" ? { offered_secret: offered } : { secret: { from: "text", key: typed } };
    open.mutate(
      { account, scheme, register: false, ...secret },
      {
        onSuccess: (hook) => {
          setOwn("");
          if (hook.took_offered) onMade?.(offered);
        },
      },
    );
  };
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); send(); }}>
      <Field type="password" label={t("webhooks.ownSecret")} hint={t(path ? "webhooks.ownSecretLaterHint" : "webhooks.ownSecretHint")} value={own} maxLength={500} onChange={(event) => setOwn(event.target.value)} />
      <div><Button type="submit" disabled={!can}>{t(path ? "webhooks.useSecret" : "webhooks.openPath")}</Button></div>
      {open.isSuccess && path && typed === "" && <p role="status">{t("webhooks.secretTaken")}</p>}
      {open.error !== null && <ErrorNote error={open.error} reading />}
    </form>
  );
}

function Hook({ hook, made }: { hook: HookView; made: string | null }) {
  return (
    <li>
      <span className={styles.hookHead}>
        <strong><Untrusted text={hook.account} /></strong>
        <Chip group="listening" code={hook.listening ? "yes" : "no"} />
        {hook.lan !== null && <strong role="note">{t("webhooks.networkToo", { address: visible(hook.lan, "exact") })}</strong>}
      </span>
      {hook.url !== null && <Id id={hook.url} />}
      {hook.public_url !== null && <p className="quiet">{t("webhooks.calledAs")} <Id id={hook.public_url} /></p>}
      {hook.problem !== null && <p role="status">{t("webhooks.whyNot", { why: visible(hook.problem, "prose") })}</p>}
      {!hook.listening && hook.problem === null && <p className="quiet">{t("webhooks.notNow")}</p>}
      <p className="quiet">{t("webhooks.signedAs", { scheme: visible(hook.scheme, "exact"), place: visible(hook.secret_location, "exact") })}</p>
      {made !== null && <Secret secret={made} about={t("webhooks.secretOnce")} />}
      {hook.scheme !== "paypal" && <SecretForm account={hook.account} scheme={hook.scheme} path />}
    </li>
  );
}
