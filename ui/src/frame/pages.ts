import type { IconName } from "#ui/components/Icon";
import type { HotkeyId } from "#ui/hotkeys";
import type { MessageKey } from "#ui/messages/t";

/** The addresses of the pages that the rail leads to. */
export type PagePath = "/" | "/payments" | "/refunds" | "/approvals" | "/bulk" | "/proof" | "/sql" | "/messages" | "/webhooks" | "/calls" | "/book" | "/accounts" | "/diagnostics" | "/settings";

/** The pages of the rail, in their order. The palette offers the same. */
export const PAGES: readonly { to: PagePath; name: MessageKey; icon: IconName; hotkey: HotkeyId }[] = [
  { to: "/", name: "nav.overview", icon: "overview", hotkey: "goOverview" },
  { to: "/payments", name: "nav.payments", icon: "payments", hotkey: "goPayments" },
  { to: "/refunds", name: "nav.refunds", icon: "refunds", hotkey: "goRefunds" },
  { to: "/approvals", name: "nav.approvals", icon: "approvals", hotkey: "goApprovals" },
  { to: "/bulk", name: "nav.bulk", icon: "bulk", hotkey: "goBulk" },
  { to: "/proof", name: "nav.proof", icon: "proof", hotkey: "goProof" },
  { to: "/sql", name: "nav.sql", icon: "sql", hotkey: "goSql" },
  { to: "/messages", name: "nav.messages", icon: "messages", hotkey: "goMessages" },
  { to: "/webhooks", name: "nav.webhooks", icon: "webhooks", hotkey: "goWebhooks" },
  { to: "/calls", name: "nav.calls", icon: "calls", hotkey: "goCalls" },
  { to: "/book", name: "nav.book", icon: "book", hotkey: "goBook" },
  { to: "/accounts", name: "nav.accounts", icon: "accounts", hotkey: "goAccounts" },
  { to: "/diagnostics", name: "nav.diagnostics", icon: "diagnostics", hotkey: "goDiagnostics" },
  { to: "/settings", name: "nav.settings", icon: "settings", hotkey: "goSettings" },
];

/** Pages that lie under another one, which the palette leads to all the same. */
export const UNDER_PAGES = [
  { to: "/webhooks/endpoints", name: "webhooks.endpoints", icon: "webhooks" },
  { to: "/webhooks/notifications", name: "channels.title", icon: "webhooks" },
  { to: "/messages/templates", name: "templates.title", icon: "messages" },
  { to: "/messages/suppressions", name: "suppressions.title", icon: "messages" },
  { to: "/messages/bulk", name: "mailRun.title", icon: "messages" },
  { to: "/diagnostics/log", name: "log.title", icon: "diagnostics" },
] as const satisfies readonly { to: string; name: MessageKey; icon: IconName }[];
