import type { MessageKey } from "#ui/messages/t";

/** One way to reach something by keyboard. */
export interface Hotkey {
  /** Keys in order; a space separates the keys of a sequence, `+` the keys of a chord. */
  keys: readonly string[];
  /** What the help sheet lists it under. */
  group: "go" | "list" | "payment" | "window";
  /** Its name in menus, tooltips and the help sheet. */
  name: MessageKey;
  /** Whether it also works while a text field has the focus. */
  inFields?: boolean;
  /** Whether it also works over and under dialogs, as what cannot wait does. */
  everywhere?: boolean;
}

/** Every hotkey of the window. Menus, tooltips and the help sheet read this table and nothing else. */
export const HOTKEYS = {
  goOverview: { keys: ["g o"], group: "go", name: "nav.overview" },
  goPayments: { keys: ["g p"], group: "go", name: "nav.payments" },
  goRefunds: { keys: ["g r"], group: "go", name: "nav.refunds" },
  goApprovals: { keys: ["g d"], group: "go", name: "nav.approvals" },
  goBulk: { keys: ["g k"], group: "go", name: "nav.bulk" },
  goMessages: { keys: ["g e"], group: "go", name: "nav.messages" },
  goWebhooks: { keys: ["g w"], group: "go", name: "nav.webhooks" },
  goCalls: { keys: ["g c"], group: "go", name: "nav.calls" },
  goProof: { keys: ["g m"], group: "go", name: "nav.proof" },
  goSql: { keys: ["g q"], group: "go", name: "nav.sql" },
  goBook: { keys: ["g b"], group: "go", name: "nav.book" },
  goAccounts: { keys: ["g a"], group: "go", name: "nav.accounts" },
  goDiagnostics: { keys: ["g x"], group: "go", name: "nav.diagnostics" },
  goSettings: { keys: ["g s"], group: "go", name: "nav.settings" },
  find: { keys: ["/"], group: "list", name: "hotkey.find" },
  nextRow: { keys: ["j", "ArrowDown"], group: "list", name: "hotkey.nextRow" },
  previousRow: { keys: ["k", "ArrowUp"], group: "list", name: "hotkey.previousRow" },
  nextDay: { keys: ["l", "ArrowRight"], group: "list", name: "hotkey.nextDay" },
  previousDay: { keys: ["h", "ArrowLeft"], group: "list", name: "hotkey.previousDay" },
  openRow: { keys: ["Enter"], group: "list", name: "hotkey.openRow" },
  copyId: { keys: ["c"], group: "list", name: "hotkey.copyId" },
  preview: { keys: [" "], group: "list", name: "hotkey.preview" },
  rowMenu: { keys: ["."], group: "list", name: "hotkey.rowMenu" },
  selectAll: { keys: ["Mod+a"], group: "list", name: "hotkey.selectAll" },
  split: { keys: ["\\"], group: "list", name: "hotkey.split" },
  saveView: { keys: ["v"], group: "list", name: "hotkey.saveView" },
  exportRows: { keys: ["e"], group: "list", name: "hotkey.exportRows" },
  verifyBook: { keys: ["y"], group: "list", name: "hotkey.verifyBook" },
  answers: { keys: ["w"], group: "payment", name: "hotkey.answers" },
  copyFirstReply: { keys: ["1"], group: "payment", name: "hotkey.copyFirstReply" },
  copySecondReply: { keys: ["2"], group: "payment", name: "hotkey.copySecondReply" },
  copyThirdReply: { keys: ["3"], group: "payment", name: "hotkey.copyThirdReply" },
  evidence: { keys: ["p"], group: "payment", name: "hotkey.evidence" },
  nextState: { keys: ["]"], group: "list", name: "hotkey.nextState" },
  previousState: { keys: ["["], group: "list", name: "hotkey.previousState" },
  settleRow: { keys: ["t"], group: "list", name: "refunds.settleNow" },
  openFile: { keys: ["o"], group: "list", name: "approvals.openFile" },
  people: { keys: ["u"], group: "list", name: "approvals.people" },
  undo: { keys: ["z", "Mod+z"], group: "payment", name: "refund.undo" },
  askApproval: { keys: ["a"], group: "list", name: "bulk.askApproval" },
  tickRow: { keys: ["x"], group: "list", name: "hotkey.tickRow" },
  liveTail: { keys: ["n"], group: "list", name: "hotkey.liveTail" },
  compose: { keys: ["i"], group: "list", name: "hotkey.compose" },
  replayEvents: { keys: ["m"], group: "list", name: "hotkey.replay" },
  refund: { keys: ["r"], group: "payment", name: "payment.refund" },
  allThatIsLeft: { keys: ["Alt+a"], group: "payment", name: "refund.all", inFields: true },
  submit: { keys: ["Mod+Enter"], group: "payment", name: "hotkey.submit", inFields: true },
  back: { keys: ["Escape"], group: "window", name: "hotkey.back" },
  palette: { keys: ["Mod+k"], group: "window", name: "hotkey.palette", inFields: true },
  goBack: { keys: ["Alt+ArrowLeft"], group: "window", name: "hotkey.goBack", inFields: true },
  goForward: { keys: ["Alt+ArrowRight"], group: "window", name: "hotkey.goForward", inFields: true },
  sync: { keys: ["s"], group: "window", name: "hotkey.sync" },
  hidePersonal: { keys: ["Alt+h"], group: "window", name: "hotkey.hidePersonal", inFields: true, everywhere: true },
  help: { keys: ["?"], group: "window", name: "hotkey.help" },
} as const satisfies Record<string, Hotkey>;

export type HotkeyId = keyof typeof HOTKEYS;

/** A hotkey with its optional fields readable. */
export function hotkey(id: HotkeyId): Hotkey {
  return HOTKEYS[id];
}
