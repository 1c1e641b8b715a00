import { useNavigate } from "@tanstack/react-router";
import { useAction } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { ErrorNote } from "#ui/components/ErrorNote";
import { openEnvironment } from "#ui/frame/EnvironmentSwitcher";
import { t } from "#ui/messages/t";
import { platform } from "#ui/platform/index";

import styles from "./FirstRun.module.css";

/** The first page of an environment without accounts. */
export function FirstRun({ onConnect }: { onConnect: () => void }) {
  const navigate = useNavigate();
  const open = useAction("open_sandbox");
  const sync = useAction("start_sync", "sync.failedToStart");
  const own = platform.environment();
  const openSandbox = () => {
    if (own !== "sandbox") openEnvironment("sandbox");
    else open.mutate({}, { onSuccess: () => { sync.mutate({ wait: false }); void navigate({ to: "/payments" }); } });
  };
  return (
    <div className={styles.page}>
      <h1>{t("first.title")}</h1>
      <p className="quiet">{t(`first.about.${own}`)}</p>
      <div className={styles.ways}>
        <section className={styles.way}>
          <h2>{t("first.sandbox.title")}</h2>
          <p className="quiet">{t("first.sandbox.about")}</p>
          {/* The one thing to do on this page, so that Enter does it without looking for it. */}
          {/* eslint-disable-next-line jsx-a11y/no-autofocus */}
          <Button autoFocus look="main" disabled={open.isPending} onClick={openSandbox}>
            {open.isPending ? t("first.sandbox.opening") : own === "sandbox" ? t("first.sandbox.open") : t("first.sandbox.openWindow")}
          </Button>
        </section>
        <section className={styles.way}>
          <h2>{t("first.connect.title")}</h2>
          <p className="quiet">{t(`first.connect.about.${own}`)}</p>
          <Button onClick={onConnect}>{t("accounts.connect")}</Button>
        </section>
      </div>
      {open.error !== null && <ErrorNote error={open.error} reading again={openSandbox} />}
    </div>
  );
}
