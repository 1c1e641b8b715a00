import { Link } from "@tanstack/react-router";

import type { Overview } from "#ui/bindings/contract";
import { useAnswer } from "#ui/api/hooks";
import { Icon, type IconName } from "#ui/components/Icon";
import { useSyncSummary } from "#ui/frame/useSync";
import { type PluralKey, tn, t } from "#ui/messages/t";

import styles from "./OverviewPage.module.css";

interface Wanting {
  key: PluralKey;
  count: number;
  icon: IconName;
  /** Whether a person has to act; the rest only has to be seen. */
  urgent: boolean;
  to: "/refunds" | "/payments" | "/messages" | "/webhooks/endpoints" | "/proof" | "/accounts";
  search?: Record<string, string>;
}

/** What needs a person, the most pressing first: money, then deadlines, then what keeps the picture from being whole. */
export function Attention({ overview }: { overview: Overview }) {
  const days = `created:${overview.first_day}..${overview.last_day}`;
  const failedRefunds = useAnswer("count_payments", { query: "refund:failed", exact: false }).data;
  const answersDue = useAnswer("count_payments", { query: "dispute:needs_response", exact: false }).data;
  const bounces = useAnswer("count_messages", { query: `status:bounced,dropped ${days}`, exact: false }).data;
  const endpoints = useAnswer("list_endpoints", {}).data;
  const proof = useAnswer("show_proof", {}).data;
  // That all is well is said once everything was asked and answered, and not while something is unknown.
  const known = [failedRefunds, answersDue, bounces, endpoints, proof].every((answer) => answer !== undefined);
  const sync = useSyncSummary();
  const all: Wanting[] = [
    { key: "overview.needsPerson", count: overview.needs_person, icon: "accounts", urgent: true, to: "/refunds", search: { state: "needs_person" } },
    { key: "overview.answersDue", count: answersDue?.payments ?? 0, icon: "flag", urgent: true, to: "/payments", search: { q: "dispute:needs_response" } },
    { key: "overview.failedRefunds", count: failedRefunds?.payments ?? 0, icon: "close", urgent: true, to: "/payments", search: { q: "refund:failed" } },
    { key: "overview.openIntents", count: overview.open_intents, icon: "question", urgent: false, to: "/refunds", search: { state: "open" } },
    { key: "overview.disputes", count: overview.open_disputes, icon: "flag", urgent: false, to: "/payments", search: { q: "status:disputed" } },
    { key: "overview.failingEndpoints", count: endpoints?.items.filter((one) => one.state === "stopped" || one.failing_since !== null).length ?? 0, icon: "webhooks", urgent: true, to: "/webhooks/endpoints" },
    { key: "overview.bounces", count: bounces?.messages ?? 0, icon: "messages", urgent: false, to: "/messages", search: { q: `status:bounced,dropped ${days}` } },
    { key: "overview.gaps", count: proof?.red ?? 0, icon: "proof", urgent: true, to: "/proof" },
    { key: "overview.syncsFailed", count: sync.failed === null ? 0 : 1, icon: "sync", urgent: true, to: "/accounts" },
  ];
  const wanting = all.filter((item) => item.count > 0);
  return (
    <section className={styles.attention} aria-label={t("overview.attention")}>
      {wanting.length === 0 ? (
        known && <p className="quiet">{t("overview.allWell")}</p>
      ) : (
        wanting.map((item) => (
          <Link key={item.key} to={item.to} {...(item.search === undefined ? {} : { search: item.search })} className={styles.wanting} data-urgent={item.urgent}>
            <Icon name={item.icon} />
            {tn(item.key, item.count)}
          </Link>
        ))
      )}
    </section>
  );
}
