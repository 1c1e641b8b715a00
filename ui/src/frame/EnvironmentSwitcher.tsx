import { useHome } from "#ui/api/home";
import { showFailure } from "#ui/api/failures";
import type { Environment } from "#ui/bindings/contract";
import { Icon } from "#ui/components/Icon";
import { Menu, MenuItem } from "#ui/components/Menu";
import { asErrorBody } from "#ui/messages/errors";
import { t, tn } from "#ui/messages/t";
import { platform } from "#ui/platform/index";

import styles from "./EnvironmentSwitcher.module.css";

const ALL: readonly Environment[] = ["sandbox", "test", "live"];

/** Opens another environment's window; a failure to do so is told like any other. */
export function openEnvironment(environment: Environment): void {
  platform.openEnvironment(environment).catch((thrown: unknown) => showFailure("environment.failed", asErrorBody(thrown)));
}

/** Says which money this window moves, and opens or focuses the window of another. */
export function EnvironmentSwitcher() {
  const own = platform.environment();
  const home = useHome();
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={styles.badge} data-environment={own} aria-label={t("environment.switch", { environment: t(`environment.${own}`) })}>
          <span className={styles.mark} aria-hidden="true" />
          <span className={styles.name}>{t(`environment.${own}`)}</span>
          <Icon name="down" />
        </button>
      }
    >
      {ALL.map((environment) => {
        const accounts = home?.environments.find((one) => one.environment === environment)?.accounts ?? 0;
        return (
          <MenuItem key={environment} onSelect={() => (environment === own ? undefined : openEnvironment(environment))}>
            <span className={styles.mark} data-environment={environment} aria-hidden="true" />
            <span>
              {environment === own ? t("environment.here", { environment: t(`environment.${environment}`) }) : t("environment.open", { environment: t(`environment.${environment}`) })}
              <span className={styles.count}>{tn("environment.accounts", accounts)}</span>
            </span>
          </MenuItem>
        );
      })}
    </Menu>
  );
}
