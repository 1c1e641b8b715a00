import { useState } from "react";

import type { ApproverView } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useHome } from "#ui/api/home";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { t } from "#ui/messages/t";
import { Fact } from "#ui/pages/payment/Facts";

import styles from "./Approvals.module.css";

interface DialogProps {
  onClose: () => void;
}

/** The person's own key: what colleagues trust, and the fingerprint that both compare by voice. */
export function MyKeyDialog({ onClose }: DialogProps) {
  const mine = useAnswer("show_my_key", {});
  return (
    <Dialog open title={t("approvals.myKey")} about={t("approvals.myKeyAbout")} onClose={onClose}>
      {mine.data === undefined ? (
        mine.error !== null ? <Failed error={mine.error} again={() => void mine.refetch()} /> : <Loading rows={2} />
      ) : (
        <>
          <dl>
            <Fact name={t("approvals.fingerprint")}><span className={`mono ${styles.fingerprint ?? ""}`} data-testid="fingerprint">{mine.data.fingerprint}</span></Fact>
            <Fact name={t("approvals.key")}><span className={`mono ${styles.key ?? ""}`}>{mine.data.key}</span></Fact>
            <Fact name={t("approvals.signsAs")}><Untrusted text={mine.data.name === "" ? mine.data.system_user : t("book.named", { name: mine.data.name, user: mine.data.system_user })} /></Fact>
          </dl>
          <DialogFoot>
            <Button onClick={onClose}>{t("dialog.close")}</Button>
            <Button look="main" icon="copy" onClick={() => void copyText(mine.data.key)}>{t("approvals.copyKey")}</Button>
          </DialogFoot>
        </>
      )}
    </Dialog>
  );
}

/** The colleagues whose approvals count in this environment. */
export function PeopleDialog({ onClose }: DialogProps) {
  const people = useAnswer("list_approvers", {});
  const asks = useHome()?.unlock_by === "passphrase";
  const [key, setKey] = useState("");
  const [name, setName] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const trust = useAction("trust_approver");
  const can = key.trim() !== "" && name.trim() !== "" && (!asks || passphrase !== "") && !trust.isPending;
  const send = () => {
    if (!can) return;
    trust.mutate({ key: key.trim(), name: name.trim(), ...(asks ? { passphrase } : {}) }, {
      onSuccess: () => { setKey(""); setName(""); setPassphrase(""); },
      onError: () => setPassphrase(""),
    });
  };
  return (
    <Dialog open wide title={t("approvals.people")} about={t("approvals.peopleAbout")} busy={trust.isPending} onClose={onClose}>
      {people.data === undefined ? (
        people.error !== null ? <Failed error={people.error} again={() => void people.refetch()} /> : <Loading rows={2} />
      ) : people.data.items.length === 0 ? (
        <p className="quiet">{t("approvals.nobody")}</p>
      ) : (
        <ul className={styles.people} aria-label={t("approvals.people")}>
          {people.data.items.map((one) => <Colleague key={one.key} person={one} />)}
        </ul>
      )}
      <form className={styles.form} onSubmit={(event) => { event.preventDefault(); send(); }}>
        <Field label={t("approvals.theirKey")} hint={t("approvals.theirKeyHint")} value={key} maxLength={1000} disabled={trust.isPending} onChange={(event) => setKey(event.target.value)} />
        <Field label={t("approvals.theirName")} value={name} maxLength={80} disabled={trust.isPending} onChange={(event) => setName(event.target.value)} />
        {asks && <Field type="password" label={t("unlock.passphrase")} hint={t("approvals.passphraseHint")} value={passphrase} maxLength={1000} disabled={trust.isPending} onChange={(event) => setPassphrase(event.target.value)} />}
        {trust.error !== null && <ErrorNote error={trust.error} />}
        <DialogFoot>
          <Button onClick={onClose}>{t("dialog.close")}</Button>
          <Button type="submit" look="main" disabled={!can}>{t(trust.isPending ? "unlock.checking" : "approvals.trust")}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

function Colleague({ person }: { person: ApproverView }) {
  const distrust = useAction("distrust_approver", "approvals.distrustFailed");
  const gone = person.removed !== null;
  return (
    <li data-gone={gone}>
      <span className={styles.name}><Untrusted text={person.name} /></span>
      <span className="mono">{person.fingerprint}</span>
      <span className="quiet">{t(gone ? "approvals.noMore" : "approvals.since")} <Time at={person.removed ?? person.trusted} short /></span>
      {!gone && <Button look="quiet" disabled={distrust.isPending} onClick={() => distrust.mutate({ who: person.key })}>{t("approvals.distrust")}</Button>}
    </li>
  );
}
