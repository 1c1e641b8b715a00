import type { ReceivedDetail } from "#ui/bindings/contract";
import { Chip } from "#ui/components/Chip";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { t, word } from "#ui/messages/t";
import { Fact } from "#ui/pages/payment/Facts";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";

import styles from "./Webhooks.module.css";

/** One request: what its signature says, what became of it, and its headers. */
export function ReceivedCard({ received }: { received: ReceivedDetail }) {
  const { request } = received;
  return (
    <section className={paymentStyles.card} aria-label={t("webhooks.signature")}>
      <div className={styles.cardHead}>
        <h2>{t("webhooks.signature")}</h2>
        <Chip group="verdict" code={request.verdict} />
      </div>
      <p>{t("verdict.scheme", { scheme: visible(received.scheme, "exact") })} {visible(word("verdictWords", request.verdict), "prose")}</p>
      {request.reason !== null && <p className={styles.why} role="note">{visible(word("apartWords", request.reason), "prose")}</p>}
      <dl className={paymentStyles.facts}>
        <Fact name={t("webhooks.received")}><Time at={request.received} /></Fact>
        <Fact name={t("webhooks.signed")}>{received.signed_at !== null && <Time at={received.signed_at} />}</Fact>
        <Fact name={t("webhooks.became")}><Chip group="inboxState" code={request.state} /></Fact>
        <Fact name={t("webhooks.request")}><span className="mono"><Untrusted text={`${received.method} ${received.path}`} as="exact" /></span></Fact>
        <Fact name={t("webhooks.bytes")}><Words of="webhooks.bytesKept" with={{ bytes: count.format(received.body_bytes), kept: t(request.replayable ? "webhooks.asItCame" : "webhooks.masked") }} /></Fact>
      </dl>
      <details>
        <summary>{t("webhooks.headers")}</summary>
        <table className={styles.headers}>
          <tbody>
            {received.headers.map(([name, value], place) => (
              <tr key={`${name}-${place}`}><th scope="row"><Untrusted text={name} as="exact" /></th><td><Untrusted text={value} as="exact" /></td></tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
