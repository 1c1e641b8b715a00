import type { QuotaView } from "#ui/bindings/contract";
import { useAnswer } from "#ui/api/hooks";
import { Chip } from "#ui/components/Chip";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { count } from "#ui/format/locale";
import { t, tn } from "#ui/messages/t";

import styles from "./CallsPage.module.css";


/** What Paydesk allows itself at each vendor now, and whether it calls at all. */
export function QuotaPanel() {
  const quotas = useAnswer("show_quota", {});
  const accounts = quotas.data?.accounts ?? [];
  if (accounts.length === 0) return null;
  return (
    <section className={styles.quotas} aria-label={t("quota.label")}>
      {accounts.map((quota) => (
        <Quota key={quota.account} quota={quota} />
      ))}
    </section>
  );
}

function Quota({ quota }: { quota: QuotaView }) {
  return (
    <details className={styles.quota}>
      <summary>
        <span className={styles.account}><Untrusted text={quota.account} /></span>
        <Chip group="breaker" code={quota.breaker} />
        <span className="quiet">{quota.paced ? t("quota.rate", { rate: count.format(quota.allowed_per_second), left: count.format(quota.left_now) }) : t("quota.unpaced")}</span>
        {quota.breaker_next_try !== null && <span><Words of="quota.nextTry" with={{ time: <Time at={quota.breaker_next_try} short /> }} /></span>}
        {quota.last_too_many !== null && <span className="quiet"><Words of="quota.tooMany" with={{ time: <Time at={quota.last_too_many} short /> }} /></span>}
        <span className={styles.endpointCount}>{tn("quota.endpoints", quota.endpoints.length)}</span>
      </summary>
      <table className={styles.attempts}>
        <thead>
          <tr><th scope="col">{t("quota.endpoint")}</th><th scope="col" className="number">{t("quota.perSecond")}</th><th scope="col" className="number">{t("quota.leftNow")}</th></tr>
        </thead>
        <tbody>
          {quota.endpoints.map((endpoint) => (
            <tr key={endpoint.endpoint}>
              <td className="mono"><Untrusted text={endpoint.endpoint} as="exact" /></td>
              <td className="number">{endpoint.paced && count.format(endpoint.allowed_per_second)}</td>
              <td className="number">{endpoint.paced && count.format(endpoint.left_now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
