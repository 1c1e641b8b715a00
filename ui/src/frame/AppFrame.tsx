import { Link, Outlet, useLocation, useNavigate, useRouter } from "@tanstack/react-router";
import { useState } from "react";

import { IconButton } from "#ui/components/Button";
import { ErrorBoundary } from "#ui/components/ErrorBoundary";
import { Icon } from "#ui/components/Icon";
import { Toasts } from "#ui/components/Toasts";
import { useAnswer } from "#ui/api/hooks";
import { ariaShortcuts } from "#ui/keyboard/match";
import { hotkeyTitle } from "#ui/keyboard/title";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t } from "#ui/messages/t";
import { platform } from "#ui/platform/index";
import { later } from "#ui/components/later";
import { Failed, Loading } from "#ui/components/State";

import styles from "./AppFrame.module.css";
import { EnvironmentSwitcher } from "./EnvironmentSwitcher";
import { PAGES, type PagePath } from "./pages";
import { Palette } from "./Palette";
import { ReadOnlyBanner } from "./ReadOnlyBanner";
import { StatusBar } from "./StatusBar";
import { useSyncHotkey } from "./useSync";
import { WriteAccess } from "./WriteAccess";

const ConnectDialog = later(() => import("#ui/pages/accounts/ConnectDialog"), "ConnectDialog");
const FirstRun = later(() => import("#ui/pages/first-run/FirstRun"), "FirstRun");
const HelpSheet = later(() => import("./HelpSheet"), "HelpSheet");

/** The window: navigation at the left, the page, the status bar below. */
export function AppFrame() {
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  // Here and not on the first page, which goes as soon as there is an account: what connecting did is still to be read.
  const [connecting, setConnecting] = useState(false);
  const environment = platform.environment();
  const accounts = useAnswer("list_accounts", {});
  const location = useLocation();
  useHotkey("help", () => setHelp(true));
  useHotkey("palette", () => setPalette(true));
  useSyncHotkey();
  usePageHotkeys();
  // Whoever only approves for colleagues needs no account of their own.
  const firstRun = accounts.data?.total === 0 && !["/accounts", "/approvals", "/settings", "/diagnostics"].some((path) => location.pathname.startsWith(path));
  return (
    <WriteAccess>
      <div className={styles.frame} data-environment={environment}>
        <a className={styles.skip} href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")?.focus(); }}>
          {t("frame.skip")}
        </a>
        <nav className={styles.rail} aria-label={t("nav.label")}>
          <EnvironmentSwitcher />
          <WayBar onPalette={() => setPalette(true)} />
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
      {palette && <Palette onClose={() => setPalette(false)} />}
      {help && <HelpSheet open onClose={() => setHelp(false)} />}
      <Toasts />
    </WriteAccess>
  );
}

/** Back, forward, and the way to everything else. */
function WayBar({ onPalette }: { onPalette: () => void }) {
  const { history } = useRouter();
  useHotkey("goBack", () => history.back());
  useHotkey("goForward", () => history.forward());
  return (
    <div className={styles.ways}>
      <IconButton className={styles.way} icon="back" name={t("hotkey.goBack")} title={hotkeyTitle("goBack")} aria-keyshortcuts={ariaShortcuts("goBack")} onClick={() => history.back()} />
      <IconButton className={styles.way} icon="forward" name={t("hotkey.goForward")} title={hotkeyTitle("goForward")} aria-keyshortcuts={ariaShortcuts("goForward")} onClick={() => history.forward()} />
      <button type="button" className={styles.palette} aria-label={t("hotkey.palette")} aria-keyshortcuts={ariaShortcuts("palette")} title={hotkeyTitle("palette")} onClick={onPalette}>
        <Icon name="find" />
        <span className={styles.word}>{t("palette.open")}</span>
      </button>
    </div>
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
  useHotkey("goDiagnostics", go("/diagnostics"));
  useHotkey("goSettings", go("/settings"));
  const isDetail = pathname.split("/").length > 2;
  useHotkey("back", () => {
    if (router.history.canGoBack()) router.history.back();
    else void navigate({ to: "/payments" });
  }, isDetail);
}
