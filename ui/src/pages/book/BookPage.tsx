import { useEffect, useState } from "react";

import type { BookPart } from "#ui/bindings/contract";
import { invalidate } from "#ui/api/call";
import { copyText } from "#ui/api/copy";
import { useAction, useRows } from "#ui/api/hooks";
import { useHome } from "#ui/api/home";
import { Button } from "#ui/components/Button";
import { Empty, Failed, Loading } from "#ui/components/State";
import { visible } from "#ui/format/text";
import { Page } from "#ui/frame/Page";
import { Grid } from "#ui/grid/Grid";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

import styles from "./BookPage.module.css";
import { BOOK_COLUMNS } from "./columns";
import { ExportBookDialog, NameDialog } from "./BookDialogs";
import { LineMore } from "./LineMore";
import { Verified } from "./Verified";

const PARTS: readonly (BookPart | "all")[] = ["all", "looks", "money", "keeping"];

/** Who saw and did what. The book only grows, so nothing here changes it. */
export function BookPage() {
  const [part, setPart] = useState<BookPart | "all">("all");
  const [about, setAbout] = useState("");
  const [who, setWho] = useState("");
  const [open, setOpen] = useState<"export" | "name" | null>(null);
  const found = useRows("list_book", { ...(part === "all" ? {} : { part }), ...(about === "" ? {} : { about }), ...(who === "" ? {} : { who }) });
  const verify = useAction("verify_book", "book.verifyFailed");
  const here = useHome()?.who;
  // Lines come with every look, and nobody is told of each: whoever opens the page wants them all.
  useEffect(() => void invalidate(["book"]), []);
  useHotkey("verifyBook", () => verify.mutate({}), !verify.isPending);
  useHotkey("exportRows", () => setOpen("export"));
  const close = () => setOpen(null);
  return (
    <Page
      title={<>{t("nav.book")} {found.total !== null && <span className={paymentsStyles.total} aria-live="polite">{tn("book.total", found.total)}</span>}</>}
      aside={
        <>
          {here !== undefined && <Button look="quiet" onClick={() => setOpen("name")}>{t("book.youAre", { name: visible(here.name === "" ? here.system_user : here.name, "exact") })}</Button>}
          <Button look="quiet" hotkey="exportRows" onClick={() => setOpen("export")}>{t("export.open")}</Button>
          <Button icon="check" hotkey="verifyBook" disabled={verify.isPending} onClick={() => verify.mutate({})}>{t(verify.isPending ? "book.verifying" : "book.verify")}</Button>
        </>
      }
    >
      {open === "export" && <ExportBookDialog onClose={close} />}
      {open === "name" && here !== undefined && <NameDialog who={here} onClose={close} />}
      {verify.data !== undefined && <Verified result={verify.data} />}
      <div className={paymentsStyles.tools}>
        <div className={paymentsStyles.chips} role="group" aria-label={t("book.parts")}>
          {PARTS.map((one) => (
            <button key={one} type="button" className={paymentsStyles.chip} aria-pressed={one === part} onClick={() => setPart(one)}>{t(`book.part.${one}`)}</button>
          ))}
        </div>
        <input className={styles.filter} value={about} aria-label={t("book.about")} placeholder={t("book.aboutHint")} maxLength={255} spellCheck={false} autoComplete="off" onChange={(event) => setAbout(event.target.value.trim())} />
        <input className={styles.filter} value={who} aria-label={t("book.who")} placeholder={t("book.who")} maxLength={80} spellCheck={false} autoComplete="off" onChange={(event) => setWho(event.target.value)} />
      </div>
      {found.error !== null && !found.known ? (
        <Failed error={found.error} again={found.again} />
      ) : found.loading ? (
        <Loading rows={8} />
      ) : found.rows.length === 0 ? (
        <Empty title={t(part === "all" && about === "" && who === "" ? "book.none" : "book.noneSuch")} hint={t("book.noneHint")} />
      ) : (
        <Grid
          name={t("nav.book")} rows={found.rows} columns={BOOK_COLUMNS} rowId={(row) => String(row.number)} total={found.total ?? 0}
          onCopy={(row) => void copyText(row.about === "" ? String(row.number) : row.about)}
          detail={(row) => <LineMore line={row} />}
          onNearEnd={found.more} loadingMore={found.loadingMore} outdated={found.outdated} remember="book"
        />
      )}
    </Page>
  );
}
