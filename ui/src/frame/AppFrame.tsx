import { Link, Outlet, useLocation, useNavigate, useRouter } from "@tanstack/react-router";
import { useState } from "react";

import { ErrorBoundary } from "#ui/components/ErrorBoundary";
import { Icon, type IconName } from "#ui/components/Icon";
import { Toasts } from "#ui/components/Toasts";
import { useAnswer } from "#ui/api/hooks";
import { type HotkeyId } from "#ui/hotkeys";
import { hotkeyTitle } from "#ui/keyboard/title";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { type MessageKey, t } from "#ui/messages/t";
import { platform } from "#ui/platform/index";
import { Failed, Loading } from "#ui/components/State";
import { ConnectDialog } from "#ui/pages/accounts/ConnectDialog";
import { FirstRun } from "#ui/pages/first-run/FirstRun";

import styles from "./AppFrame.module.css";
import { EnvironmentSwitcher } from "./EnvironmentSwitcher";
import { HelpSheet } from "./HelpSheet";
import { ReadOnlyBanner } from "./ReadOnlyBanner";
import { StatusBar } from "./StatusBar";
import { useSyncHotkey } from "./useSync";
import { WriteAccess } from "./WriteAccess";

type PagePath = "/" | "/payments" | "/refunds" | "/approvals" | "/bulk" | "/proof" | "/sql" | "/messages" | "/webhooks" | "/calls" | "/book" | "/accounts" | "/settings";

const PAGES: readonly { to: PagePath; name: MessageKey; icon: IconName; hotkey: HotkeyId }[] = [
  { to: "/", name: "nav.overview", icon: "overview", hotkey: "goOverview" },
  { to: "/payments", name: "nav.payments", icon: "payments", hotkey: "goPayments" },
  { to: "/refunds", name: "nav.refunds", icon: "refunds", hotkey: "goRefunds" },
  { to: "/approvals", name: "nav.approvals", icon: "approvals", hotkey: "goApprovals" },
  { to: "/bulk", name: "nav.bulk", icon: "bulk", hotkey: "goBulk" },
  { to: "/proof", name: "nav.proof", icon: "proof", hotkey: "goProof" },
  { to: "/sql", name: "nav.sql", icon: "sql", hotkey: "goSql" },
  { to: "/messages", name: "nav.messages", icon: "messages", hotkey: "goMessages" },
  { to: "/webhooks", name: "nav.webhooks", icon: "webhooks", hotkey: "goWebhooks" },
  { to: "/calls", name: "nav.calls", icon: "calls", hotkey: "goCalls" },
  { to: "/book", name: "nav.book", icon: "book", hotkey: "goBook" },
  { to: "/accounts", name: "nav.accounts", icon: "accounts", hotkey: "goAccounts" },
  { to: "/settings", name: "nav.settings", icon: "settings", hotkey: "goSettings" },
];

/** The window: navigation at the left, the page, the status bar below. */
export function AppFrame() {
  const [help, setHelp] = useState(false);
  // Here and not on the first page, which goes as soon as there is an account: what connecting did is still to be read.
  const [connecting, setConnecting] = useState(false);
  const environment = platform.environment();
  const accounts = useAnswer("list_accounts", {});
  const location = useLocation();
  useHotkey("help", () => setHelp(true));
  useSyncHotkey();
  usePageHotkeys();
  // Whoever only approves for colleagues needs no account of their own.
  const firstRun = accounts.data?.total === 0 && !["/accounts", "/approvals", "/settings"].includes(location.pathname);
  return (
    <WriteAccess>
      <div className={styles.frame} data-environment={environment}>
        <a className={styles.skip} href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")?.focus(); }}>
          {t("frame.skip")}
        </a>
        <nav className={styles.rail} aria-label={t("nav.label")}>
          <EnvironmentSwitcher />
          <ul className={styles.links}>
            {PAGES.map((page) => (
              <li key={page.to}>
                <Link to={page.to} className={styles.link} activeProps={{ className: styles.here ?? "" }} activeOptions={{ exact: page.to === "/", includeSearch: false }} title={hotkeyTitle(page.hotkey)} aria-label={t(page.name)}>
                  <Icon name={page.icon} />
                  <span className={styles.word}>{t(page.name)}</span>
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <main id="main" className={styles.main} tabIndex={-1}>
          <ReadOnlyBanner />
          <ErrorBoundary of={location.href}>
            {accounts.isPending ? <Loading /> : accounts.data === undefined ? <Failed error={accounts.error} again={() => void accounts.refetch()} /> : firstRun ? <FirstRun onConnect={() => setConnecting(true)} /> : <Outlet />}
          </ErrorBoundary>
        </main>
        <ErrorBoundary of="status">
          <StatusBar onHelp={() => setHelp(true)} />
        </ErrorBoundary>
      </div>
      {connecting && <ConnectDialog onClose={() => setConnecting(false)} />}
      <HelpSheet open={help} onClose={() => setHelp(false)} />
      <Toasts />
    </WriteAccess>
  );
}

/** Keys that go to a page, and the one that goes back to the list a page was opened from. */
function usePageHotkeys(): void {
  const navigate = useNavigate();
  const router = useRouter();
  const { pathname } = useLocation();
  const go = (to: PagePath) => () => void navigate({ to });
  useHotkey("goOverview", go("/"));
  useHotkey("goPayments", go("/payments"));
  useHotkey("goRefunds", go("/refunds"));
  useHotkey("goApprovals", go("/approvals"));
  useHotkey("goBulk", go("/bulk"));
  useHotkey("goProof", go("/proof"));
  useHotkey("goSql", go("/sql"));
  useHotkey("goMessages", go("/messages"));
  useHotkey("goWebhooks", go("/webhooks"));
  useHotkey("goCalls", go("/calls"));
  useHotkey("goBook", go("/book"));
  useHotkey("goAccounts", go("/accounts"));
  useHotkey("goSettings", go("/settings"));
  const isDetail = pathname.split("/").length > 2;
  useHotkey("back", () => {
    if (router.history.canGoBack()) router.history.back();
    else void navigate({ to: "/payments" });
  }, isDetail);
}
