import { useState } from "react";

import type { AccountView, Money, RefundLimitsView } from "#ui/bindings/contract";
import { useExponents } from "#ui/api/home";
import { useAction } from "#ui/api/hooks";
import { Amount } from "#ui/components/Amount";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { exponentOf, plainAmount } from "#ui/format/money";
import { visible } from "#ui/format/text";
import { t } from "#ui/messages/t";
import { Fact } from "#ui/pages/payment/Facts";

import styles from "./AccountsPage.module.css";

/** How much one person alone may give back, where that is limited. */
export function Limits({ limits, vendor }: { limits: readonly RefundLimitsView[]; vendor: string }) {
  if (limits.length === 0) return null;
  return (
    <dl>
      {limits.map((one) => (
        <Fact key={one.currency} name={t("limits.in", { currency: one.currency })}>
          <One name={t("limits.perRefund")} most={one.per_refund} vendor={vendor} />
          <One name={t("limits.perDay")} most={one.per_day} vendor={vendor} />
          <One name={t("limits.perPerson")} most={one.per_person} vendor={vendor} />
        </Fact>
      ))}
    </dl>
  );
}

function One({ name, most, vendor }: { name: string; most: Money | null; vendor: string }) {
  if (most === null) return null;
  return <div><span className="quiet">{name}</span> <Amount money={most} vendor={vendor} /></div>;
}

interface LimitsDialogProps {
  account: AccountView;
  onClose: () => void;
}

/** Sets the limits in one currency; all of them empty takes them away. */
export function LimitsDialog({ account, onClose }: LimitsDialogProps) {
  const exponents = useExponents();
  const first = account.limits[0];
  const text = (most: Money | null | undefined) => (most == null ? "" : plainAmount(most.minor, exponentOf(exponents, most.currency, account.vendor)));
  const [currency, setCurrency] = useState(first?.currency ?? "");
  const [perRefund, setPerRefund] = useState(() => text(first?.per_refund));
  const [perDay, setPerDay] = useState(() => text(first?.per_day));
  const [perPerson, setPerPerson] = useState(() => text(first?.per_person));
  const set = useAction("set_refund_limits");
  const can = /^[A-Za-z]{3}$/.test(currency.trim()) && !set.isPending;
  const given = (name: string, value: string) => (value.trim() === "" ? {} : { [name]: value.trim() });
  const send = () => {
    if (!can) return;
    set.mutate({ label: account.label, currency: currency.trim(), ...given("per_refund", perRefund), ...given("per_day", perDay), ...given("per_person", perPerson) }, { onSuccess: onClose });
  };
  return (
    <Dialog open title={t("limits.title", { label: visible(account.label, "exact") })} about={t("limits.about")} busy={set.isPending} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => { event.preventDefault(); send(); }}>
        <Field label={t("limits.currency")} value={currency} maxLength={3} disabled={set.isPending} onChange={(event) => setCurrency(event.target.value)} />
        <Field label={t("limits.perRefund")} hint={t("limits.hint")} inputMode="decimal" value={perRefund} maxLength={20} disabled={set.isPending} onChange={(event) => setPerRefund(event.target.value)} />
        <Field label={t("limits.perDay")} inputMode="decimal" value={perDay} maxLength={20} disabled={set.isPending} onChange={(event) => setPerDay(event.target.value)} />
        <Field label={t("limits.perPerson")} inputMode="decimal" value={perPerson} maxLength={20} disabled={set.isPending} onChange={(event) => setPerPerson(event.target.value)} />
        {set.error !== null && <ErrorNote error={set.error} />}
        <DialogFoot>
          <Button onClick={onClose} disabled={set.isPending}>{t("dialog.cancel")}</Button>
          <Button type="submit" look="main" disabled={!can}>{t("limits.set")}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
