import { createBrowserHistory, parseHref } from "@tanstack/history";
import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";

import { later } from "#ui/components/later";
import { AppFrame } from "#ui/frame/AppFrame";
import { Empty } from "#ui/components/State";
import { CustomerPage } from "#ui/pages/customer/CustomerPage";
import { OverviewPage } from "#ui/pages/overview/OverviewPage";
import { PaymentPage } from "#ui/pages/payment/PaymentPage";
import { PaymentsPage } from "#ui/pages/payments/PaymentsPage";
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

// What the window opens with is in the first script; every other page is read once the window stands.
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
  component: later(() => import("#ui/pages/refunds/RefundsPage"), "RefundsPage"),
  validateSearch: (search: { state?: unknown }): RefundsSearch => (typeof search.state === "string" ? { state: search.state } : {}),
});
const approvals = createRoute({ getParentRoute: () => root, path: "/approvals", component: later(() => import("#ui/pages/approvals/ApprovalsPage"), "ApprovalsPage") });
const bulk = createRoute({ getParentRoute: () => root, path: "/bulk", component: later(() => import("#ui/pages/bulk/BulkPage"), "BulkPage") });
const bulkRun = createRoute({ getParentRoute: () => root, path: "/bulk/$id", component: later(() => import("#ui/pages/bulk/BulkRunPage"), "BulkRunPage") });
const proof = createRoute({ getParentRoute: () => root, path: "/proof", component: later(() => import("#ui/pages/proof/ProofPage"), "ProofPage") });
const sql = createRoute({ getParentRoute: () => root, path: "/sql", component: later(() => import("#ui/pages/sql/SqlPage"), "SqlPage") });
const webhooks = createRoute({ getParentRoute: () => root, path: "/webhooks", component: later(() => import("#ui/pages/webhooks/WebhooksPage"), "WebhooksPage"), validateSearch: textSearch });
const webhookEvent = createRoute({ getParentRoute: () => root, path: "/webhooks/events/$id", component: later(() => import("#ui/pages/webhooks/EventPage"), "EventPage") });
const endpoints = createRoute({ getParentRoute: () => root, path: "/webhooks/endpoints", component: later(() => import("#ui/pages/webhooks/EndpointsPage"), "EndpointsPage") });
const endpoint = createRoute({ getParentRoute: () => root, path: "/webhooks/endpoints/$id", component: later(() => import("#ui/pages/webhooks/EndpointPage"), "EndpointPage") });
const messages = createRoute({ getParentRoute: () => root, path: "/messages", component: later(() => import("#ui/pages/messages/MessagesPage"), "MessagesPage"), validateSearch: textSearch });
const message = createRoute({ getParentRoute: () => root, path: "/messages/$id", component: later(() => import("#ui/pages/messages/MessagePage"), "MessagePage") });
const templates = createRoute({ getParentRoute: () => root, path: "/messages/templates", component: later(() => import("#ui/pages/messages/TemplatesPage"), "TemplatesPage") });
const suppressions = createRoute({ getParentRoute: () => root, path: "/messages/suppressions", component: later(() => import("#ui/pages/messages/SuppressionsPage"), "SuppressionsPage") });
const mailRuns = createRoute({ getParentRoute: () => root, path: "/messages/bulk", component: later(() => import("#ui/pages/messages/MailRunsPage"), "MailRunsPage") });
const mailRun = createRoute({ getParentRoute: () => root, path: "/messages/bulk/$id", component: later(() => import("#ui/pages/messages/MailRunPage"), "MailRunPage") });
const notifications = createRoute({ getParentRoute: () => root, path: "/webhooks/notifications", component: later(() => import("#ui/pages/webhooks/NotificationsPage"), "NotificationsPage") });
const calls = createRoute({ getParentRoute: () => root, path: "/calls", component: later(() => import("#ui/pages/calls/CallsPage"), "CallsPage") });
const book = createRoute({ getParentRoute: () => root, path: "/book", component: later(() => import("#ui/pages/book/BookPage"), "BookPage") });
const accounts = createRoute({ getParentRoute: () => root, path: "/accounts", component: later(() => import("#ui/pages/accounts/AccountsPage"), "AccountsPage") });
const diagnostics = createRoute({ getParentRoute: () => root, path: "/diagnostics", component: later(() => import("#ui/pages/diagnostics/DiagnosticsPage"), "DiagnosticsPage") });
const log = createRoute({ getParentRoute: () => root, path: "/diagnostics/log", component: later(() => import("#ui/pages/diagnostics/LogPage"), "LogPage") });
const settings = createRoute({ getParentRoute: () => root, path: "/settings", component: later(() => import("#ui/pages/settings/SettingsPage"), "SettingsPage") });

/** The pages. Their addresses live behind the hash, because the host serves one file and no paths. */
export const router = createRouter({
  routeTree: root.addChildren([overview, payments, payment, customer, refunds, approvals, bulk, bulkRun, proof, sql, webhooks, webhookEvent, endpoints, endpoint, notifications, messages, message, templates, suppressions, mailRuns, mailRun, calls, book, accounts, diagnostics, log, settings]),
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
