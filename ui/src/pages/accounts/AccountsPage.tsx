import { useState } from "react";

import type { AccountView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { useHome } from "#ui/api/home";
import { showDone } from "#ui/api/failures";
import { Button, IconButton } from "#ui/components/Button";
import { Chip, Label } from "#ui/components/Chip";
import { Menu, MenuItem } from "#ui/components/Menu";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Id } from "#ui/components/Id";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { Page, Stale } from "#ui/frame/Page";
import { useWriteAccess } from "#ui/frame/writeAccess";
import { t, tn, word } from "#ui/messages/t";
import { platform } from "#ui/platform/index";
import { Fact } from "#ui/pages/payment/Facts";
import { UndoSetting } from "#ui/pages/refunds/UndoSetting";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

import styles from "./AccountsPage.module.css";
import { ConnectDialog } from "./ConnectDialog";
import { Limits, LimitsDialog } from "./Limits";
import { MirrorSection } from "./MirrorSection";
import { MirrorFacts } from "./MirrorFacts";
import { MessageSettingsDialog } from "./MessageSettings";
import { RefundNoticesDialog } from "./RefundNotices";
import { RemoveDialog, RenameDialog, ZoneDialog } from "./AccountDialogs";
import { WriteKeyDialog } from "./WriteKeyDialog";

/** The accounts of this window's environment; those of others are in their own windows. */
export function AccountsPage() {
  const [connecting, setConnecting] = useState(false);
  const accounts = useAnswer("list_accounts", {});
  const environment = platform.environment();
  const again = () => void accounts.refetch();
  const fromEmail = useHome()?.from_email ?? null;
  return (
    <Page
      scrolls
      title={<>{t("nav.accounts")} {accounts.data !== undefined && <span className={paymentsStyles.total}>{tn("accounts.total", accounts.data.total)}</span>}</>}
      aside={<Button look="main" icon="plus" onClick={() => setConnecting(true)}>{t("accounts.connect")}</Button>}
    >
      <p className={styles.about}>{t("accounts.about", { environment: t(`environment.${environment}`) })}</p>
      {accounts.data === undefined ? (
        accounts.error === null ? <Loading /> : <Failed error={accounts.error} again={again} />
      ) : (
        <>
          <Stale error={accounts.error} again={again} />
          {accounts.data.items.length === 0 ? (
            <Empty title={t("accounts.none")} hint={t("accounts.noneHint")} />
          ) : (
            <ul className={styles.list}>
              {accounts.data.items.map((account) => <Account key={account.id} account={account} />)}
            </ul>
          )}
          <UndoSetting />
          <MirrorSection />
          {fromEmail !== null && <p className={styles.about}>{t("accounts.fromEmail")} <Untrusted text={fromEmail} as="exact" /></p>}
        </>
      )}
      {connecting && <ConnectDialog onClose={() => setConnecting(false)} />}
    </Page>
  );
}

type Open = "rename" | "zone" | "limits" | "writeKey" | "notices" | "sending" | "remove" | null;

function Account({ account }: { account: AccountView }) {
  const [open, setOpen] = useState<Open>(null);
  const { guarded } = useWriteAccess();
  const check = useAction("check_account", "accounts.checkFailed");
  const pays = account.capability === "payments";
  const sends = account.capability === "email" || account.capability === "sms";
  const denied = account.rights.filter((right) => right.answer === "denied").length;
  return (
    <li className={styles.card}>
      <div className={styles.head}>
        <h2 className={styles.label}><Untrusted text={account.label} as="exact" /></h2>
        <Label tone="calm">{visible(word("vendor", account.vendor), "prose")}</Label>
        {account.built_in && <Label tone="info">{t("accounts.builtIn")}</Label>}
        {denied > 0 && <Label tone="warn">{tn("accounts.denied", denied)}</Label>}
        <span className={styles.actions}>
          <Button disabled={check.isPending} onClick={() => check.mutate({ label: account.label }, { onSuccess: () => showDone("accounts.checked") })}>
            {t(check.isPending ? "accounts.checking" : "accounts.check")}
          </Button>
          <Menu trigger={<IconButton icon="more" name={t("accounts.more", { label: visible(account.label, "exact") })} />}>
            <MenuItem onSelect={() => setOpen("rename")}>{t("accounts.rename")}</MenuItem>
            {pays && <MenuItem onSelect={() => setOpen("zone")}>{t("accounts.zone")}</MenuItem>}
            {pays && <MenuItem onSelect={() => guarded(() => setOpen("limits"))}>{t("limits.open")}</MenuItem>}
            {pays && <MenuItem onSelect={() => guarded(() => setOpen("writeKey"))}>{t("writeKey.open")}</MenuItem>}
            {pays && <MenuItem onSelect={() => guarded(() => setOpen("notices"))}>{t("notices.open")}</MenuItem>}
            {sends && <MenuItem onSelect={() => setOpen("sending")}>{t("sending.open")}</MenuItem>}
            <MenuItem danger onSelect={() => setOpen("remove")}>{t("accounts.remove")}</MenuItem>
          </Menu>
        </span>
      </div>
      <dl>
        {pays && <Fact name={t("accounts.vendorName")}>{account.vendor_name !== null && <Untrusted text={account.vendor_name} />}</Fact>}
        {pays && <Fact name={t("accounts.vendorId")}>{account.vendor_account_id !== null && <Id id={account.vendor_account_id} />}</Fact>}
        <Fact name={t("accounts.baseUrl")}><Untrusted text={account.base_url} as="exact" /></Fact>
        <Fact name={t("accounts.key")}>{visible(word("keyLocation", account.key_location), "exact")}</Fact>
        {pays && <Fact name={t("writeKey.key")}>{account.write_key_location === null ? t("writeKey.none") : visible(word("keyLocation", account.write_key_location), "exact")}</Fact>}
        {pays && <Fact name={t("accounts.zoneName")}>{visible(account.reporting_zone, "exact")}</Fact>}
        <Fact name={t("accounts.connected")}><Time at={account.created_at} /></Fact>
        {pays && <Fact name={t("accounts.asOf")}>{account.as_of === null ? t("asOf.never") : <Time at={account.as_of} />}</Fact>}
      </dl>
      {pays && <Limits limits={account.limits} vendor={account.vendor} />}
      {pays && <MirrorFacts account={account.label} />}
      <Rights account={account} />
      {open === "rename" && <RenameDialog account={account} onClose={() => setOpen(null)} />}
      {open === "zone" && <ZoneDialog account={account} onClose={() => setOpen(null)} />}
      {open === "limits" && <LimitsDialog account={account} onClose={() => setOpen(null)} />}
      {open === "writeKey" && <WriteKeyDialog account={account} onClose={() => setOpen(null)} />}
      {open === "notices" && <RefundNoticesDialog account={account} onClose={() => setOpen(null)} />}
      {open === "sending" && <MessageSettingsDialog account={account} onClose={() => setOpen(null)} />}
      {open === "remove" && <RemoveDialog account={account} onClose={() => setOpen(null)} />}
    </li>
  );
}

function Rights({ account }: { account: AccountView }) {
  if (account.rights.length === 0) return null;
  return (
    <details className={styles.rights}>
      <summary>{t("accounts.rights")}</summary>
      <ul>
        {account.rights.map((right) => (
          <li key={right.right}>
            <span>{visible(right.right, "prose").replaceAll("_", " ")}</span>
            {right.permission !== "" && <span className="quiet mono">{visible(right.permission, "exact")}</span>}
            <Chip group="right" code={right.answer} />
          </li>
        ))}
      </ul>
    </details>
  );
}
