import { type Appearance, APPEARANCES, chooseAppearance, useAppearance } from "#ui/api/appearance";
import { Choice } from "#ui/components/Field";
import { Page } from "#ui/frame/Page";
import { t } from "#ui/messages/t";

import styles from "./SettingsPage.module.css";

/** How the windows of this home look. Each choice counts at once, and says what it does. */
export function SettingsPage() {
  return (
    <Page scrolls title={t("nav.settings")}>
      <section className={styles.card} aria-labelledby="appearance-heading">
        <h2 id="appearance-heading">{t("appearance.title")}</h2>
        <p className="quiet">{t("appearance.about")}</p>
        <OneChoice of="theme" />
        <OneChoice of="contrast" />
        <OneChoice of="density" />
      </section>
    </Page>
  );
}

function OneChoice({ of }: { of: keyof Appearance }) {
  const chosen = useAppearance()[of];
  return (
    <Choice
      label={t(`appearance.${of}`)}
      value={chosen}
      onChange={(value) => {
        const next = APPEARANCES[of].find((one) => one === value);
        if (next !== undefined) chooseAppearance({ [of]: next });
      }}
      options={APPEARANCES[of].map((one) => ({ value: one, label: t(`appearanceOf.${one}`) }))}
      hint={t(`appearance.${of}Hint`)}
    />
  );
}
