import { useState } from "react";

import type { ApprovalView } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useAnswer, useRows } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Page } from "#ui/frame/Page";
import { Grid } from "#ui/grid/Grid";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

import { ApprovalMore, IssueDialog } from "./ApprovalMore";
import { APPROVAL_COLUMNS } from "./columns";
import { OpenFileDialog } from "./OpenFileDialog";
import { MyKeyDialog, PeopleDialog } from "./People";

const SIDES = ["all", "mine", "theirs"] as const;
type Side = (typeof SIDES)[number];

const ASKED = { all: {}, mine: { mine: true }, theirs: { mine: false } } as const;

/** A second person's word on refunds: what was asked here, what was decided here, and files to open. */
export function ApprovalsPage() {
  const [side, setSide] = useState<Side>("all");
  const [open, setOpen] = useState<"file" | "people" | "key" | null>(null);
  const [issuing, setIssuing] = useState<ApprovalView | null>(null);
  const found = useRows("list_approvals", ASKED[side]);
  const people = useAnswer("list_approvers", {}).data?.items.filter((one) => one.removed === null).length;
  useHotkey("openFile", () => setOpen("file"));
  useHotkey("people", () => setOpen("people"));
  const close = () => setOpen(null);
  return (
    <Page
      title={<>{t("nav.approvals")} {found.total !== null && <span className={paymentsStyles.total} aria-live="polite">{tn("approvals.total", found.total)}</span>}</>}
      aside={
        <>
          <Button look="quiet" onClick={() => setOpen("key")}>{t("approvals.myKey")}</Button>
          <Button look="quiet" hotkey="people" onClick={() => setOpen("people")}>{people === undefined ? t("approvals.people") : tn("approvals.trusted", people)}</Button>
          <Button look="main" hotkey="openFile" onClick={() => setOpen("file")}>{t("approvals.openFile")}</Button>
        </>
      }
    >
      {open === "file" && <OpenFileDialog onClose={close} />}
      {open === "people" && <PeopleDialog onClose={close} />}
      {issuing !== null && <IssueDialog approval={issuing} onClose={() => setIssuing(null)} />}
      {open === "key" && <MyKeyDialog onClose={close} />}
      <div className={paymentsStyles.tools}>
        <div className={paymentsStyles.chips} role="group" aria-label={t("approvals.sides")}>
          {SIDES.map((one) => (
            <button key={one} type="button" className={paymentsStyles.chip} aria-pressed={one === side} onClick={() => setSide(one)}>{t(`approvals.side.${one}`)}</button>
          ))}
        </div>
      </div>
      {found.error !== null && !found.known ? (
        <Failed error={found.error} again={found.again} />
      ) : found.loading ? (
        <Loading rows={6} />
      ) : found.rows.length === 0 ? (
        <Empty title={t(side === "all" ? "approvals.none" : "approvals.noneSuch")} hint={t("approvals.noneHint")} />
      ) : (
        <Grid
          name={t("nav.approvals")} rows={found.rows} columns={APPROVAL_COLUMNS} rowId={(row) => row.id} total={found.total ?? 0}
          onCopy={(row) => void copyText(row.id)}
          detail={(row) => <ApprovalMore approval={row} onIssue={() => setIssuing(row)} />}
          onNearEnd={found.more} loadingMore={found.loadingMore} outdated={found.outdated} remember="approvals"
        />
      )}
    </Page>
  );
}
