import { createBrowserHistory, parseHref } from "@tanstack/history";
import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";

import { AppFrame } from "#ui/frame/AppFrame";
import { Empty } from "#ui/components/State";
import { AccountsPage } from "#ui/pages/accounts/AccountsPage";
import { ApprovalsPage } from "#ui/pages/approvals/ApprovalsPage";
import { BookPage } from "#ui/pages/book/BookPage";
import { BulkPage } from "#ui/pages/bulk/BulkPage";
import { BulkRunPage } from "#ui/pages/bulk/BulkRunPage";
import { CallsPage } from "#ui/pages/calls/CallsPage";
import { CustomerPage } from "#ui/pages/customer/CustomerPage";
import { MailRunPage } from "#ui/pages/messages/MailRunPage";
import { MailRunsPage } from "#ui/pages/messages/MailRunsPage";
import { MessagePage } from "#ui/pages/messages/MessagePage";
import { MessagesPage } from "#ui/pages/messages/MessagesPage";
import { SuppressionsPage } from "#ui/pages/messages/SuppressionsPage";
import { TemplatesPage } from "#ui/pages/messages/TemplatesPage";
import { OverviewPage } from "#ui/pages/overview/OverviewPage";
import { PaymentPage } from "#ui/pages/payment/PaymentPage";
import { PaymentsPage } from "#ui/pages/payments/PaymentsPage";
import { ProofPage } from "#ui/pages/proof/ProofPage";
import { RefundsPage } from "#ui/pages/refunds/RefundsPage";
import { SettingsPage } from "#ui/pages/settings/SettingsPage";
import { SqlPage } from "#ui/pages/sql/SqlPage";
import { EndpointPage } from "#ui/pages/webhooks/EndpointPage";
import { EndpointsPage } from "#ui/pages/webhooks/EndpointsPage";
import { EventPage } from "#ui/pages/webhooks/EventPage";
import { NotificationsPage } from "#ui/pages/webhooks/NotificationsPage";
import { WebhooksPage } from "#ui/pages/webhooks/WebhooksPage";
import { t } from "#ui/messages/t";

/** A search that is part of the address. */
interface TextSearch {
  q?: string;
}

interface RefundsSearch {
  state?: string;
}

function textSearch(search: { q?: unknown }): TextSearch {
  // The router reads digits in an address as a number; the last four of a card are text.
  const text = typeof search.q === "number" ? String(search.q) : search.q;
  return typeof text === "string" && text !== "" ? { q: text } : {};
}

const root = createRootRoute({ component: AppFrame, notFoundComponent: NotFound });

const overview = createRoute({ getParentRoute: () => root, path: "/", component: OverviewPage });
const payments = createRoute({
  getParentRoute: () => root,
  path: "/payments",
  component: PaymentsPage,
  validateSearch: textSearch,
});
const payment = createRoute({ getParentRoute: () => root, path: "/payments/$id", component: PaymentPage });
const customer = createRoute({ getParentRoute: () => root, path: "/customers/$id", component: CustomerPage });
const refunds = createRoute({
  getParentRoute: () => root,
  path: "/refunds",
  component: RefundsPage,
  validateSearch: (search: { state?: unknown }): RefundsSearch => (typeof search.state === "string" ? { state: search.state } : {}),
});
const approvals = createRoute({ getParentRoute: () => root, path: "/approvals", component: ApprovalsPage });
const bulk = createRoute({ getParentRoute: () => root, path: "/bulk", component: BulkPage });
const bulkRun = createRoute({ getParentRoute: () => root, path: "/bulk/$id", component: BulkRunPage });
const proof = createRoute({ getParentRoute: () => root, path: "/proof", component: ProofPage });
const sql = createRoute({ getParentRoute: () => root, path: "/sql", component: SqlPage });
const webhooks = createRoute({ getParentRoute: () => root, path: "/webhooks", component: WebhooksPage, validateSearch: textSearch });
const webhookEvent = createRoute({ getParentRoute: () => root, path: "/webhooks/events/$id", component: EventPage });
const endpoints = createRoute({ getParentRoute: () => root, path: "/webhooks/endpoints", component: EndpointsPage });
const endpoint = createRoute({ getParentRoute: () => root, path: "/webhooks/endpoints/$id", component: EndpointPage });
const messages = createRoute({ getParentRoute: () => root, path: "/messages", component: MessagesPage, validateSearch: textSearch });
const message = createRoute({ getParentRoute: () => root, path: "/messages/$id", component: MessagePage });
const templates = createRoute({ getParentRoute: () => root, path: "/messages/templates", component: TemplatesPage });
const suppressions = createRoute({ getParentRoute: () => root, path: "/messages/suppressions", component: SuppressionsPage });
const mailRuns = createRoute({ getParentRoute: () => root, path: "/messages/bulk", component: MailRunsPage });
const mailRun = createRoute({ getParentRoute: () => root, path: "/messages/bulk/$id", component: MailRunPage });
const notifications = createRoute({ getParentRoute: () => root, path: "/webhooks/notifications", component: NotificationsPage });
const calls = createRoute({ getParentRoute: () => root, path: "/calls", component: CallsPage });
const book = createRoute({ getParentRoute: () => root, path: "/book", component: BookPage });
const accounts = createRoute({ getParentRoute: () => root, path: "/accounts", component: AccountsPage });
const settings = createRoute({ getParentRoute: () => root, path: "/settings", component: SettingsPage });

/** The pages. Their addresses live behind the hash, because the host serves one file and no paths. */
export const router = createRouter({
  routeTree: root.addChildren([overview, payments, payment, customer, refunds, approvals, bulk, bulkRun, proof, sql, webhooks, webhookEvent, endpoints, endpoint, notifications, messages, message, templates, suppressions, mailRuns, mailRun, calls, book, accounts, settings]),
  history: hashHistory(),
  defaultPreload: false,
});

/** Addresses behind the hash. The library's own hash history mixes in what stands before the hash. */
function hashHistory() {
  return createBrowserHistory({
    parseLocation: () => parseHref(window.location.hash.slice(1) || "/", window.history.state as Parameters<typeof parseHref>[1]),
    createHref: (href) => `${window.location.pathname}${window.location.search}#${href}`,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

function NotFound() {
  return <Empty title={t("notFound.title")} hint={t("notFound.hint")} />;
}
