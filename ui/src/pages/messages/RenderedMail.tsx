import type { RenderedView } from "#ui/bindings/contract";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { t } from "#ui/messages/t";

import { Lines } from "./Lines";
import styles from "./Messages.module.css";

/**
 * What a template comes to. Its HTML is somebody else's and is shown as the text that it is: nothing of it becomes part
 * of the page, so nothing in it runs, loads or looks like a button of ours.
 */
export function RenderedMail({ mail }: { mail: RenderedView }) {
  return (
    <div className={styles.rendered}>
      {mail.missing.length > 0 && <p className={styles.warning} role="status">{t("templates.missing", { names: visible(mail.missing.join(", "), "exact") })}</p>}
      {mail.unknown_helpers.length > 0 && <p className={styles.warning} role="status">{t("templates.unknownHelpers", { names: visible(mail.unknown_helpers.join(", "), "exact") })}</p>}
      {mail.subject !== "" && <p><strong><Untrusted personal text={mail.subject} /></strong></p>}
      {mail.text !== "" && <blockquote className={styles.preview}><Lines text={mail.text} /></blockquote>}
      {mail.html !== "" && (
        <details>
          <summary>{t("templates.html")}</summary>
          {/* A long source is scrolled by keyboard too. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre className={styles.source} tabIndex={0} role="group" aria-label={t("templates.html")}><Untrusted personal text={mail.html} as="exact" /></pre>
        </details>
      )}
    </div>
  );
}
