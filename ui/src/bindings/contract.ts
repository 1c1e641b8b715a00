// Generated from crates/contract by `./dev bindings`; do not edit.

/** Whole minor units as text, and the currency's three letters. */
export type Money = { minor: string; currency: string };
export type Environment = "sandbox" | "test" | "live";

export type AcceptBookLoss = { 
/**
 * How many lines are left, typed to confirm.
 */
lines: number, };

export type AccountProof = { 
/**
 * Label of the account.
 */
account: string, 
/**
 * The run that is under way, or the last one since the Desk started.
 */
run: ProofRun | null, 
/**
 * Requests that the proof made today.
 */
reads_today: number, 
/**
 * Requests that it may make today; none where the vendor does not count.
 */
reads_allowed_today: number | null, 
/**
 * Each kind that can be proven.
 */
kinds: Array<KindProof>, };

export type AccountView = { 
/**
 * Our own id.
 */
id: string, 
/**
 * The name a person gave it; unique in the home.
 */
label: string, 
/**
 * The vendor.
 */
vendor: string, 
/**
 * What it is for: `payments` or `email`.
 */
capability: string, 
/**
 * Which money it moves.
 */
environment: Environment, 
/**
 * The vendor's id of the account, where the vendor told it.
 */
vendor_account_id: string | null, 
/**
 * The vendor's name of the account, where the vendor told it.
 */
vendor_name: string | null, 
/**
 * Whether it is the sandbox that is built in.
 */
built_in: boolean, 
/**
 * Where it is called, such as `https://api.stripe.com`.
 */
base_url: string, 
/**
 * Where the key is: `vault`, or `variable NAME` with the environment vault.
 */
key_location: string, 
/**
 * Where the key for what moves money is; none where the one key is for all.
 */
write_key_location: string | null, 
/**
 * The time zone whose days its figures are of, such as `Europe/Zurich`.
 */
reporting_zone: string, 
/**
 * How much one person alone may give back, by currency.
 */
limits: Array<RefundLimitsView>, 
/**
 * What the key may do, as far as the vendor let us find out.
 */
rights: Array<RightView>, 
/**
 * When it was connected.
 */
created_at: string, 
/**
 * As of when its mirror is complete, once it is.
 */
as_of: string | null, };

export type AcknowledgeIntent = { 
/**
 * The intent.
 */
intent_id: string, };

export type ActivityChecked = { 
/**
 * Messages that were asked about.
 */
asked: number, 
/**
 * Those that the vendor knows, which says that they were taken.
 */
settled: number, 
/**
 * Those that it does not know, or not yet.
 */
unknown: number, 
/**
 * Those that wait for their turn in the vendor's rate.
 */
waiting: number, };

export type AddChannel = { 
/**
 * Its kind.
 */
kind: ChannelKind, 
/**
 * What it is called; each name is there once.
 */
name: string, 
/**
 * What it wants.
 */
rules: ChannelRules, 
/**
 * The webhook's address (Slack), the routing key (PagerDuty) or the API key (mail); none for the desktop.
 */
secret?: KeySource, };

export type AddEndpoint = { 
/**
 * Where to: `https://…`; with `allow_local` also `http://…` and addresses on this machine and in private networks.
 */
url: string, 
/**
 * The types that it wants, such as `charge.refunded` or `charge.*`; all when empty.
 */
events: Array<string>, 
/**
 * Conditions on the document, all of which must hold, such as `data.object.currency=eur`.
 */
conditions: Array<string>, 
/**
 * Only events of this account, by label; of all when left out.
 */
account?: string, 
/**
 * How to sign.
 */
scheme: EndpointScheme, 
/**
 * The secret to sign with, where the receiver has one already.
 */
secret?: KeySource, 
/**
 * A secret that the shell made, taken where none was given.
 */
offered_secret?: SecretText, 
/**
 * Sign with the secret of the path that this account's events are delivered to, as `stripe listen` does.
 */
secret_of_listener: boolean, 
/**
 * Whether the address may be on this machine or in a private network.
 */
allow_local: boolean, 
/**
 * Most requests a second, 1 to 1,000; 20 when left out.
 */
rate_per_second?: number, 
/**
 * Most requests at once, 1 to 64; 1 when left out, so that a kill sends no more than one again.
 */
concurrency?: number, 
/**
 * Whether what concerns one object is sent one after the other, the older first.
 */
ordered: boolean, 
/**
 * Whether it goes by itself once the shell that made it no longer says `touch_endpoint`, which it must twice a minute.
 */
temporary: boolean, };

export type AloneView = { 
/**
 * Which limit: `per_refund`, `per_day` or `per_person`.
 */
limit: string, 
/**
 * What it allows in all.
 */
most: Money, 
/**
 * What is left of it.
 */
left: Money, };

export type AnswerCard = { 
/**
 * `where_is_my_refund`, `why_was_i_charged` or `charged_twice`.
 */
question: string, 
/**
 * What it comes to, such as `on_its_way` or `possible_double`.
 */
state: string, 
/**
 * What it rests on, newest first.
 */
evidence: Array<AnswerEvidence>, 
/**
 * When the money should be there, where it is on its way to a bank.
 */
expected: ExpectedDays | null, 
/**
 * The reference that a bank can trace the refund by, where there is one.
 */
trace_reference: string | null, 
/**
 * What to write to the payer: plain text without greeting or signature.
 */
reply: string, };

export type AnswerEvidence = { 
/**
 * What it is: `payment`, `refund`, `dispute`, `other_payment` …
 */
what: string, 
/**
 * How far it came, in the word of the vendor or of the intent.
 */
status: string, 
/**
 * Its id.
 */
id: string, 
/**
 * When it was made.
 */
at: string, 
/**
 * How much.
 */
amount: Money | null, 
/**
 * Of another payment: by what it is known to be of the same payer, `customer`, `email` or `card`.
 */
known_by: string | null, };

export type ApprovalFile = { "from": "path", 
/**
 * Its path; `~/` stands for the person's own folder.
 */
path: string, } | { "from": "text", 
/**
 * Its contents.
 */
text: string, };

export type ApprovalRowView = { 
/**
 * Its line in the file that the run was made of.
 */
line: number, 
/**
 * The vendor's id of the payment.
 */
payment: string, 
/**
 * How much would go back.
 */
amount: Money, 
/**
 * Why.
 */
reason: string | null, 
/**
 * What does not go with the payment as the mirror here has it: `payment_not_here`, `payment_differs` or
 * `more_than_left`.
 */
warning: string | null, };

export type ApprovalRunView = { 
/**
 * The run's id in the home that asks.
 */
id: string, 
/**
 * The name of its file or view, where it is here.
 */
name: string | null, 
/**
 * How many rows.
 */
rows: number, 
/**
 * What they come to, by currency.
 */
totals: Array<Money>, 
/**
 * The same in words, such as `12.50 EUR + 300 JPY`.
 */
total: string, 
/**
 * What the rows are hashed to, as the book names them.
 */
digest: string, };

export type ApprovalView = { 
/**
 * Its id, which the intent of a single refund gets.
 */
id: string, 
/**
 * `asked`, `to_decide`, `approved`, `declined`, `used`, `expired` or `void`.
 */
state: string, 
/**
 * Whether it was asked here.
 */
mine: boolean, 
/**
 * Label of the account, where it is connected here.
 */
account: string | null, 
/**
 * The vendor's id of the account.
 */
account_id: string, 
/**
 * The vendor.
 */
vendor: string, 
/**
 * Which money.
 */
environment: Environment, 
/**
 * The vendor's id of the payment, of a request for one refund.
 */
payment: string | null, 
/**
 * How much would go back by one refund.
 */
amount: Money | null, 
/**
 * The rows that it is for, where it is for a run.
 */
run: ApprovalRunView | null, 
/**
 * Why.
 */
reason: string | null, 
/**
 * The internal note.
 */
note: string | null, 
/**
 * The ticket that it is for.
 */
ticket: string | null, 
/**
 * Which limit it is above: `per_refund`, `per_day` or `per_person`.
 */
limit: string | null, 
/**
 * Who asks; none once the person that it is about was erased.
 */
asked_by: SignerView | null, 
/**
 * When.
 */
created: string, 
/**
 * Until when an answer counts.
 */
expires: string, 
/**
 * Who answered.
 */
decided_by: SignerView | null, 
/**
 * When they decided.
 */
decided: string | null, 
/**
 * What to think of before deciding: `same_person`, `unknown_asker`, `account_not_here`, `payment_not_here`,
 * `payment_differs` or `more_than_left`.
 */
warnings: Array<string>, 
/**
 * The payment as the mirror here has it.
 */
payment_here: PaymentView | null, 
/**
 * The text of the file to hand on: the request of whoever asks, the answer of whoever decided. In a list it is
 * left out where it is long; a request by its id has it.
 */
file: string | null, 
/**
 * Where that was written.
 */
path: string | null, 
/**
 * Whether it can be used now: the refund issued, or the run begun.
 */
can_issue: boolean, 
/**
 * Whether it can be answered here.
 */
can_decide: boolean, 
/**
 * The state of the intent that it became.
 */
intent_state: string | null, 
/**
 * The vendor's status of the refund that it became.
 */
refund_status: string | null, };

export type ApproverView = { 
/**
 * The name that they have here.
 */
name: string, 
/**
 * The public key.
 */
key: string, 
/**
 * Its fingerprint.
 */
fingerprint: string, 
/**
 * Since when it is trusted.
 */
trusted: string, 
/**
 * Since when it is trusted no more.
 */
removed: string | null, };

export type AskApproval = { 
/**
 * Made by the shell; the same one twice is one request.
 */
request_id: string, 
/**
 * `ch_ py_ pi_` or our own id.
 */
payment: string, 
/**
 * How much.
 */
amount: RefundAmount, 
/**
 * `duplicate`, `fraudulent` or `requested_by_customer`.
 */
reason?: string, 
/**
 * An internal note; whoever is asked reads it.
 */
note?: string, 
/**
 * The ticket that it is for.
 */
ticket?: string, 
/**
 * How long an answer counts, in seconds, at most seven days; 24 hours when left out.
 */
seconds?: number, 
/**
 * The file to write the request into, which must not exist; `~/` stands for the person's own folder.
 */
to?: string, };

export type AskRunApproval = { 
/**
 * Made by the shell; the same one twice is one request.
 */
request_id: string, 
/**
 * The run.
 */
run: string, 
/**
 * What is to be sent, in the words of `BulkRunView.askable_total`: nothing is asked
 * where it is another sum by now.
 */
total: string, 
/**
 * An internal note; whoever is asked reads it.
 */
note?: string, 
/**
 * The ticket that it is for.
 */
ticket?: string, 
/**
 * How long the run may begin under an answer, in seconds, at most seven days; 24 hours when left out.
 */
seconds?: number, 
/**
 * The file to write the request into, which must not exist; `~/` stands for the person's own folder.
 */
to?: string, };

export type AttemptView = { 
/**
 * 1 for the first.
 */
attempt: number, 
/**
 * HTTP status, when there was an answer.
 */
status: number | null, 
/**
 * What went wrong, when there was none.
 */
error: string | null, 
/**
 * How long it took.
 */
duration_ms: number, 
/**
 * The vendor's id of the request, to quote to its support.
 */
request_id: string | null, 
/**
 * The idempotency key it was sent under.
 */
idempotency_key: string | null, 
/**
 * What was decided after it, such as `done` or `retry`.
 */
decision: string, 
/**
 * How long Paydesk waited before the next try.
 */
wait_ms: number | null, };

export type BackupMirror = { 
/**
 * The whole path of the copy, which must not exist; in the home's `backups` when left out.
 */
to?: string, };

export type BackupView = { 
/**
 * The file.
 */
path: string, 
/**
 * Its size.
 */
bytes: number, 
/**
 * Whether it is encrypted; it opens with the mirror's key of today and no other.
 */
encrypted: boolean, };

export type BookBreak = { 
/**
 * The line.
 */
line: number, 
/**
 * `missing`, `changed`, `out_of_place`, `cut_off` or `rewritten`.
 */
flaw: string, };

export type BookExported = { 
/**
 * The file.
 */
path: string, 
/**
 * Its lines.
 */
lines: number, 
/**
 * Count and hash of its last line as far as all fits.
 */
head: string, 
/**
 * What does not fit in it.
 */
broken: BookBreak | null, };

export type BookLineView = { 
/**
 * Its number, from 1 without gaps.
 */
number: number, 
/**
 * When.
 */
at: string, 
/**
 * Who, as the operating system knows them.
 */
system_user: string, 
/**
 * Who, by the name that they gave in Paydesk; empty where there is none.
 */
name: string, 
/**
 * `window`, `command`, or `paydesk` for what it did by itself.
 */
shell: string, 
/**
 * What was done, such as `payment_shown`.
 */
action: string, 
/**
 * Label of the account, where it is about one; its id once it was removed.
 */
account: string | null, 
/**
 * To what, by an id; empty where it is to nothing that has one.
 */
about: string, 
/**
 * How much money it is about.
 */
amount: Money | null, 
/**
 * How it was before.
 */
before: Array<Said>, 
/**
 * How it was after.
 */
after: Array<Said>, 
/**
 * What else it says.
 */
facts: Array<Said>, 
/**
 * What it says of a person, and why it was done; empty where that was erased.
 */
personal: Array<Said>, 
/**
 * Whether what it says of a person was erased.
 */
erased: boolean, };

export type BookPart = "looks" | "money" | "keeping";

export type BookVerified = { 
/**
 * Whether everything fits that can be checked here.
 */
whole: boolean, 
/**
 * How many lines there are.
 */
lines: number, 
/**
 * Count and hash of the last line as far as all fits, for keeping elsewhere.
 */
head: string, 
/**
 * The first thing that does not fit.
 */
broken: BookBreak | null, 
/**
 * How many lines the head in the vault is of; none where the vault keeps none.
 */
kept: number | null, 
/**
 * Lines that came after the head in the vault. They fit, but nobody would miss the last of them.
 */
since_kept: number, 
/**
 * Lines whose personal part was erased with its key.
 */
erased: number, 
/**
 * The first thing in the exported file that does not fit; none where all of it does or none was given.
 */
file_broken: BookBreak | null, 
/**
 * How many lines the exported file has.
 */
file_lines: number | null, };

export type BulkColumnName = "payment" | "email" | "amount" | "currency" | "date" | "order" | "reason" | "note";

export type BulkDecimals = "point" | "comma";

export type BulkFile = { 
/**
 * Its name.
 */
name: string, 
/**
 * The encoding of a file of text.
 */
encoding: string | null, 
/**
 * What parts its cells.
 */
delimiter: string | null, 
/**
 * The sheets of a spreadsheet.
 */
sheets: Array<string>, 
/**
 * The sheet that was read.
 */
sheet: string | null, 
/**
 * Rows, the one with the names among them.
 */
rows: number, 
/**
 * The first rows, as they stand there.
 */
sample: Array<Array<string>>, 
/**
 * What the columns seem to be.
 */
mapping: BulkMapping, };

export type BulkImporting = { 
/**
 * The request.
 */
request_id: string, 
/**
 * Rows that were matched and looked over.
 */
rows: number, 
/**
 * Rows in all.
 */
total: number, };

export type BulkMapping = { 
/**
 * Whether the first row holds the names of the columns.
 */
has_names: boolean, 
/**
 * What each column is; none where it is nothing of use.
 */
columns: Array<BulkColumnName | null>, };

export type BulkOrigin = { "from": "file", 
/**
 * From the root or from `~/`.
 */
path: string, } | { "from": "content", 
/**
 * Its name.
 */
name: string, 
/**
 * The bytes.
 */
base64: string, } | { "from": "text", 
/**
 * The text.
 */
text: string, } | { "from": "view", 
/**
 * Its name.
 */
name: string, };

export type BulkOverLimitView = { 
/**
 * `per_refund`, `per_day` or `per_person`.
 */
limit: string, 
/**
 * What it allows in all.
 */
most: Money, 
/**
 * What is left of it.
 */
left: Money, 
/**
 * What the run would give back: by one refund its dearest row, else all of them in this currency.
 */
wanted: Money, 
/**
 * How many rows that is of.
 */
rows: number, };

export type BulkProblemView = { 
/**
 * The problem's word.
 */
code: string, 
/**
 * `asks` where a tick is enough, `approval` where a second person must agree, `blocked` or `refused`.
 */
hold: string, 
/**
 * How many rows.
 */
rows: number, };

export type BulkReceiptsFile = { 
/**
 * The file.
 */
path: string, 
/**
 * Receipts in it.
 */
rows: number, 
/**
 * Its bytes.
 */
bytes: number, };

export type BulkRowView = { 
/**
 * The line of the file.
 */
line: number, 
/**
 * What became of it.
 */
state: string, 
/**
 * Whether it is meant to be sent.
 */
ticked: boolean, 
/**
 * Whether a tick can be set or taken away.
 */
can_tick: boolean, 
/**
 * `exact`, `likely`, `ambiguous` or `none`.
 */
matched: string, 
/**
 * What it was matched by: `id`, `order` or `email`.
 */
matched_by: string | null, 
/**
 * The vendor's id of the payment.
 */
payment: string | null, 
/**
 * How much goes back.
 */
amount: Money | null, 
/**
 * What is wrong with it.
 */
problem: string | null, 
/**
 * More to it, or the vendor's own sentence.
 */
problem_detail: string | null, 
/**
 * What stood in the file.
 */
given_payment: string | null, 
/**
 * What stood in the file.
 */
given_email: string | null, 
/**
 * What stood in the file.
 */
given_amount: string | null, 
/**
 * What stood in the file.
 */
given_currency: string | null, 
/**
 * What stood in the file.
 */
given_date: string | null, 
/**
 * What stood in the file.
 */
given_order: string | null, 
/**
 * Why.
 */
reason: string | null, 
/**
 * The internal note.
 */
note: string | null, 
/**
 * The intent.
 */
intent_id: string | null, 
/**
 * The vendor's id of the refund.
 */
refund_id: string | null, 
/**
 * The refund's own status.
 */
refund_status: string | null, 
/**
 * The bank's reference.
 */
trace_reference: string | null, 
/**
 * The approval that it is sent with.
 */
approval: string | null, };

export type BulkRunApproval = { 
/**
 * The id of the request.
 */
id: string, 
/**
 * `asked`, `approved`, `declined`, `used`, `expired` or `void`.
 */
state: string, 
/**
 * Who answered, by the name that they have here.
 */
by: string | null, 
/**
 * Until when the run may begin under it.
 */
expires: string, 
/**
 * How many rows it is for.
 */
rows: number, 
/**
 * What those come to in words.
 */
total: string, 
/**
 * Whether they are exactly what could be sent now. Otherwise it cannot be used.
 */
fits: boolean, };

export type BulkRunState = "ready" | "running" | "paused" | "done" | "canceled";

export type BulkRunView = { 
/**
 * Our own id of it.
 */
id: string, 
/**
 * Label of the account.
 */
account: string, 
/**
 * The environment the money is in.
 */
environment: Environment, 
/**
 * Name of the file or view.
 */
name: string, 
/**
 * `file`, `text` or `view`.
 */
source: string, 
/**
 * How far it is.
 */
state: BulkRunState, 
/**
 * Why it paused: a code of the error table, or `interrupted` or `by_person`.
 */
problem: string | null, 
/**
 * Somebody else's sentence to it.
 */
problem_detail: string | null, 
/**
 * An earlier run of the same rows, in whatever order.
 */
same_as: string | null, 
/**
 * When it was made.
 */
created: string, 
/**
 * When its first row was sent.
 */
started: string | null, 
/**
 * When its last row was tried.
 */
ended: string | null, 
/**
 * All its rows.
 */
rows: number, 
/**
 * Rows that are sent next, or would be.
 */
to_send: number, 
/**
 * Rows that were tried and have their end.
 */
ended_rows: number, 
/**
 * What its rows come to, by state and currency.
 */
totals: Array<BulkTotal>, 
/**
 * What is wrong with rows, the most frequent first.
 */
problems: Array<BulkProblemView>, 
/**
 * The limits that the rows which no second person agreed to would go beyond now, for whoever asks. Not told
 * while it runs.
 */
over_limits: Array<BulkOverLimitView>, 
/**
 * The rows that a second person can be asked about: what is to be sent, and what waits for one.
 */
askable: number, 
/**
 * What those come to in words.
 */
askable_total: string, 
/**
 * The newest request to a second person, once there is one.
 */
approval: BulkRunApproval | null, 
/**
 * What is to be sent in words, such as `12.50 EUR + 300 JPY`: whoever runs it says this.
 */
total: string, 
/**
 * Rows per second, while it runs.
 */
rows_per_second: number | null, 
/**
 * Estimate of what is left, while it runs.
 */
remaining_ms: number | null, };

export type BulkTicking = { "rows": "lines", 
/**
 * The lines.
 */
lines: Array<number>, } | { "rows": "problem", 
/**
 * The problem's word.
 */
problem: string, } | { "rows": "all" };

export type BulkTotal = { 
/**
 * The state: that of the intent, or `ready asks left_out needs_approval blocked not_sent failed` where there is none.
 */
state: string, 
/**
 * How many rows.
 */
rows: number, 
/**
 * What they come to; none where no amount was decided.
 */
amount: Money | null, };

export type CallView = { 
/**
 * Ties the tries of one call.
 */
call_id: string, 
/**
 * Label of the account, or its id once it was removed.
 */
account: string, 
/**
 * HTTP method.
 */
method: string, 
/**
 * Path with ids left out, such as `/v1/charges/{id}`.
 */
path: string, 
/**
 * When the first try started.
 */
started: string, 
/**
 * Its tries, first first.
 */
attempts: Array<AttemptView>, };

export type CameBy = "feed" | "verified" | "part" | "refused" | "apart";

export type CancelBulk = { 
/**
 * The run.
 */
id: string, };

export type CancelExport = { 
/**
 * The export's id.
 */
id: string, };

export type CancelMailRun = { 
/**
 * The run.
 */
id: string, };

export type CancelPayment = { 
/**
 * Made by the shell when the command or dialog starts.
 */
request_id: string, 
/**
 * `pi_… ch_…` or our own id.
 */
payment: string, };

export type CancelProof = { 
/**
 * Only this account, by label.
 */
account?: string, };

export type CancelRefund = { 
/**
 * Made by the shell when the command or dialog starts.
 */
request_id: string, 
/**
 * `re_…`.
 */
refund: string, };

export type CancelReplay = { 
/**
 * Which: `rp_…`.
 */
id: string, };

export type CancelSync = { 
/**
 * Only this account, by label.
 */
account?: string, 
/**
 * Stay stopped until somebody starts a sync.
 */
pause: boolean, };

export type CapturePayment = { 
/**
 * Made by the shell when the command or dialog starts.
 */
request_id: string, 
/**
 * `pi_… ch_…` or our own id.
 */
payment: string, 
/**
 * How much, in major units; all when left out.
 */
amount?: string, };

export type CardView = { 
/**
 * `visa`, `mastercard` …
 */
brand: string | null, 
/**
 * The last four digits.
 */
last4: string | null, 
/**
 * Month of expiry, 1 to 12.
 */
exp_month: number | null, 
/**
 * Year of expiry.
 */
exp_year: number | null, 
/**
 * Country of the issuing bank.
 */
country: string | null, 
/**
 * `credit`, `debit`, `prepaid` …
 */
funding: string | null, };

export type CatchUpView = { 
/**
 * As of when it was true before.
 */
from: string, 
/**
 * As of when it was true again; none while it is being caught up.
 */
until: string | null, 
/**
 * `events`: the vendor's feed reached back; `lists`: it did not, so every list was read anew.
 */
means: string, 
/**
 * Events that came, or rows that were listed.
 */
records: number, };

export type ChangeChannel = { 
/**
 * Which: `ch_…` or its name.
 */
id: string, 
/**
 * Another name.
 */
name?: string, 
/**
 * Other rules, in the place of all of them.
 */
rules?: ChannelRules, 
/**
 * Another secret.
 */
secret?: KeySource, };

export type ChangeEndpoint = { 
/**
 * Which: `ep_…`.
 */
id: string, 
/**
 * Another address.
 */
url?: string, 
/**
 * Other types.
 */
events?: Array<string>, 
/**
 * Other conditions.
 */
conditions?: Array<string>, 
/**
 * Another secret.
 */
secret?: KeySource, 
/**
 * Whether the address may be on this machine or in a private network.
 */
allow_local?: boolean, 
/**
 * Most requests a second.
 */
rate_per_second?: number, 
/**
 * Most requests at once.
 */
concurrency?: number, 
/**
 * Whether what concerns one object is sent one after the other.
 */
ordered?: boolean, };

export type ChannelKind = "slack" | "pagerduty" | "email" | "desktop";

export type ChannelPreview = { 
/**
 * One of each type.
 */
messages: Array<PreviewedMessage>, };

export type ChannelRegion = "us" | "eu";

export type ChannelRules = { 
/**
 * The types that it wants, such as `paydesk.refund.*`; all of Paydesk's own when empty.
 */
events: Array<string>, 
/**
 * Conditions, all of which must hold, such as `currency=eur`, `amount>=5000` (minor units) or `account=LABEL`.
 */
conditions: Array<string>, 
/**
 * When nothing is sent.
 */
quiet?: QuietHours, 
/**
 * Most messages an hour, 1 to 1,000; what is more becomes one summary.
 */
per_hour?: number, 
/**
 * Whether name and mail address of a payer are sent along.
 */
with_personal: boolean, 
/**
 * Where the vendor keeps the account, for PagerDuty and mail.
 */
region: ChannelRegion, 
/**
 * Who sends mail.
 */
from?: string, 
/**
 * Who receives it, at most ten.
 */
to: Array<string>, };

export type ChannelTested = { 
/**
 * The channel's name.
 */
name: string, 
/**
 * Whether the vendor took it.
 */
taken: boolean, 
/**
 * Status of the answer.
 */
status: number | null, 
/**
 * Why it was not taken, as a word of a delivery.
 */
problem: string | null, 
/**
 * What the vendor answered, its first 500 characters.
 */
answer: string, 
/**
 * How long it took, in milliseconds.
 */
took_ms: number, };

export type ChannelView = { 
/**
 * Our own id, `ch_…`.
 */
id: string, 
/**
 * Its kind.
 */
kind: ChannelKind, 
/**
 * What it is called.
 */
name: string, 
/**
 * What it wants.
 */
rules: ChannelRules, 
/**
 * Where the secret is: `vault`, or `variable NAME` with the environment vault; none where it has none.
 */
secret_location: string | null, 
/**
 * Whether it is sent to.
 */
state: EndpointState, 
/**
 * Why it stopped: `gone` or `failing`; `no_secret` while its secret cannot be had and nothing is sent.
 */
reason: string | null, 
/**
 * Since when nothing was taken, where the newest try failed.
 */
failing_since: string | null, 
/**
 * Until when its quiet hours hold messages back, where they do now.
 */
quiet_until: string | null, 
/**
 * When it was added.
 */
created: string, 
/**
 * Messages that wait or are being sent.
 */
waiting: number, 
/**
 * Messages that came to their end without being taken.
 */
failed: number, 
/**
 * The newest message.
 */
last: LastMessage | null, };

export type CheckAccount = { 
/**
 * The account's label.
 */
label: string, };

export type CheckActivity = { 
/**
 * The account; the only one that sends mail when left out.
 */
account?: string, 
/**
 * One message alone, by our id of it.
 */
id?: string, };

export type CheckMirrorFile = Record<symbol, never>;

export type CheckView = { 
/**
 * What.
 */
check: string, 
/**
 * Whether it is as it must be.
 */
passed: boolean, 
/**
 * What was found.
 */
found: string, };

export type CloseIntent = { 
/**
 * The intent.
 */
intent_id: string, };

export type CloseMessage = { 
/**
 * Our id of it.
 */
id: string, };

export type CompleteQuery = { 
/**
 * The search so far.
 */
query: string, 
/**
 * The place of the cursor: so many characters (Unicode scalar values) stand before it. The end of
 * the search where it is not given.
 */
place?: number, 
/**
 * What is searched for.
 */
of: QuerySubject, };

export type ConfirmPayment = { 
/**
 * Made by the shell when the command or dialog starts.
 */
request_id: string, 
/**
 * `pi_…`.
 */
payment: string, 
/**
 * With what, by the vendor's id.
 */
payment_method?: string, };

export type ConnectAccount = { 
/**
 * The vendor.
 */
vendor: string, 
/**
 * The name for it; 1 to 64 characters, unique in the home.
 */
label: string, 
/**
 * Where to call it, when that is not the vendor's own host: a loopback address.
 */
base_url?: string, 
/**
 * The key.
 */
key: KeySource, };

export type ConnectMail = { 
/**
 * The vendor.
 */
vendor: string, 
/**
 * The name for it; 1 to 64 characters, unique in the home.
 */
label: string, 
/**
 * The environment that it is connected into; that of the window where it has one.
 */
environment: Environment | undefined, 
/**
 * Of SendGrid `global` or `eu`, of Twilio `us1`, `ie1`, `au1` or `jp1`; the first when left out.
 */
region?: string, 
/**
 * The vendor's id of the account, for a vendor that wants it beside the key: of Twilio `AC…`.
 */
account_sid?: string, 
/**
 * Where to call it, for a sandbox: a loopback address.
 */
base_url?: string, 
/**
 * The key.
 */
key: KeySource, };

export type Connected = { 
/**
 * The account.
 */
account: AccountView, 
/**
 * What was taken over from a `.env` file, by variable name.
 */
imported: Array<ImportedVariable>, };

export type CountEvents = { 
/**
 * The search.
 */
query: string, 
/**
 * Count to the end, however long that takes.
 */
exact: boolean, };

export type CountMessages = { 
/**
 * The search.
 */
query: string, 
/**
 * Count to the end, however long that takes.
 */
exact: boolean, };

export type CountPayments = { 
/**
 * What to look for; empty counts all.
 */
query: string, 
/**
 * Only this account, by label.
 */
account?: string, 
/**
 * Count to the end, however long that takes; otherwise for a tenth of a second.
 */
exact: boolean, };

export type CountRefunds = { 
/**
 * Only this account, by label.
 */
account?: string, };

export type CreateCustomer = { 
/**
 * Made by the shell when the command or dialog starts.
 */
request_id: string, 
/**
 * The account, by label; needed when there are several.
 */
account?: string, 
/**
 * Email.
 */
email?: string, 
/**
 * Name.
 */
name?: string, 
/**
 * What to note at the vendor.
 */
description?: string, 
/**
 * A payment method to keep for them, by the vendor's id.
 */
payment_method?: string, };

export type CreatePayment = { 
/**
 * Made by the shell when the command or dialog starts.
 */
request_id: string, 
/**
 * The account, by label; needed when there are several.
 */
account?: string, 
/**
 * How much, in major units with a point.
 */
amount: string, 
/**
 * The currency's three letters.
 */
currency: string, 
/**
 * For whom, by the vendor's id.
 */
customer?: string, 
/**
 * With what, by the vendor's id; together with `confirm` it is charged at once.
 */
payment_method?: string, 
/**
 * Confirm at once.
 */
confirm: boolean, 
/**
 * Authorise only; capture later.
 */
capture_later: boolean, 
/**
 * What it is for.
 */
description?: string, };

export type CurrencyCount = { 
/**
 * How many payments.
 */
payments: number, 
/**
 * Their amounts added up, whatever became of them.
 */
amount: Money, };

export type CurrencyOverview = { 
/**
 * The currency.
 */
currency: string, 
/**
 * Taken.
 */
gross: Money, 
/**
 * Given back.
 */
refunded: Money, 
/**
 * Taken less given back.
 */
net: Money, 
/**
 * Payments that succeeded.
 */
succeeded: number, 
/**
 * Payments that failed.
 */
failed: number, 
/**
 * Refunds.
 */
refunds: number, 
/**
 * Given back per 10,000 taken, by amount.
 */
refund_rate_per_10_000: number, 
/**
 * Succeeded per 10,000 tried, by count.
 */
success_rate_per_10_000: number, 
/**
 * Each day of the range, oldest first.
 */
days: Array<DayOverview>, };

export type CustomerCopyView = { 
/**
 * The vendor's id of the customer, or the address.
 */
id: string, 
/**
 * Label of the account; none for an address.
 */
account: string | null, 
/**
 * Records of the vendor in it.
 */
records: number, 
/**
 * Refunds and other intents in it.
 */
intents: number, 
/**
 * The file, where one was asked for.
 */
path: string | null, 
/**
 * The JSON document, where no file was asked for.
 */
document: string | null, };

export type CustomerDetail = { 
/**
 * Their newest payments.
 */
payments: Page<PaymentView>, 
/**
 * What they saved, asked of the vendor now; none when the vendor could not be asked.
 */
saved_payment_methods: Array<SavedPaymentMethodView> | null, 
/**
 * The vendor's id, such as `cus_…`.
 */
id: string, 
/**
 * Label of the account.
 */
account: string, 
/**
 * Email.
 */
email: string | null, 
/**
 * Name.
 */
name: string | null, 
/**
 * Telephone number.
 */
phone: string | null, 
/**
 * What the seller noted at the vendor.
 */
description: string | null, 
/**
 * When the vendor made it.
 */
created: string, 
/**
 * Whether the vendor deleted it since.
 */
deleted: boolean, 
/**
 * The seller's own words.
 */
metadata: { [key in string]: string }, };

export type DayOverview = { 
/**
 * The day, of the account's reporting zone.
 */
day: string, 
/**
 * Taken.
 */
gross: Money, 
/**
 * Given back.
 */
refunded: Money, 
/**
 * Payments that succeeded.
 */
succeeded: number, 
/**
 * Payments that failed.
 */
failed: number, };

export type DecideApproval = { 
/**
 * The request's file.
 */
file: ApprovalFile, 
/**
 * Whether it may be paid.
 */
approve: boolean, 
/**
 * The file to write the answer into, which must not exist.
 */
to?: string, 
/**
 * The passphrase, where one is asked for.
 */
passphrase?: SecretText, };

export type DeliveryAttemptView = { 
/**
 * From 1.
 */
number: number, 
/**
 * When it was begun.
 */
started: string, 
/**
 * How long it took, in milliseconds.
 */
took_ms: number, 
/**
 * Status of the answer, where there was one.
 */
status: number | null, 
/**
 * Why it was not taken, as a word of [`DeliveryView::problem`].
 */
problem: string | null, 
/**
 * More about the problem, without secrets.
 */
detail: string | null, 
/**
 * The address that it was sent to.
 */
address: string | null, 
/**
 * Headers of the answer.
 */
headers: Array<[string, string]>, 
/**
 * The answer as text, its first 64 KiB.
 */
answer: string, 
/**
 * Whether the answer was longer.
 */
answer_cut: boolean, };

export type DeliveryBody = "received" | "feed" | "own";

export type DeliveryCause = "relay" | "replay";

export type DeliveryDetail = { 
/**
 * The delivery.
 */
delivery: DeliveryView, 
/**
 * Its tries, the first one first.
 */
attempts: Array<DeliveryAttemptView>, };

export type DeliveryFigures = { 
/**
 * Those that wait or are being sent.
 */
waiting: number, 
/**
 * Those that were taken.
 */
delivered: number, 
/**
 * Those that were not, for good.
 */
failed: number, };

export type DeliveryState = "waiting" | "sending" | "delivered" | "failed" | "canceled";

export type DeliveryView = { 
/**
 * Our own id, `dl_…`.
 */
id: string, 
/**
 * The endpoint's id.
 */
endpoint: string, 
/**
 * Where the endpoint is.
 */
url: string, 
/**
 * Label of the account.
 */
account: string, 
/**
 * The vendor's id of the event, or the number of the received request that it is made of.
 */
event: string, 
/**
 * The vendor's word for what happened.
 */
type: string, 
/**
 * Id of what it is about, where that is told.
 */
object_id: string | null, 
/**
 * Why it is sent.
 */
cause: DeliveryCause, 
/**
 * The replay that sends it.
 */
replay: string | null, 
/**
 * What is sent.
 */
body: DeliveryBody, 
/**
 * The id that stays the same over all tries: the header `webhook-id`.
 */
message_id: string, 
/**
 * How far it is.
 */
state: DeliveryState, 
/**
 * Tries so far.
 */
attempts: number, 
/**
 * Most tries that there will be.
 */
attempts_max: number, 
/**
 * When it is tried next, where it waits.
 */
next_try: string | null, 
/**
 * Status of the newest answer.
 */
status: number | null, 
/**
 * Why it was not taken, as a word: `status`, `redirect`, `timeout`, `dns`, `connect`, `tls`, `certificate`, `reset`,
 * `bad_answer`, `address_refused`, `no_secret`, `not_replayable`, `endpoint_stopped`,
 * `endpoint_removed`, `summarized` (one summary stands for it), `unreadable` (what is to be sent could not be read;
 * it is read again), `cut_off` (Paydesk ended while it was on its way; it is sent again) or `held_back` (the home was
 * copied or came back, and it may have been sent elsewhere).
 */
problem: string | null, 
/**
 * How long the newest try took, in milliseconds.
 */
took_ms: number | null, 
/**
 * When it was made.
 */
created: string, 
/**
 * When it came to its end.
 */
ended: string | null, };

export type DesktopMessage = { 
/**
 * Its first line.
 */
title: string, 
/**
 * The rest.
 */
text: string, };

export type DestinationKind = "payments" | "email" | "sms" | "channel" | "endpoint" | "certificate" | "telemetry";

export type DestinationView = { 
/**
 * Its name.
 */
host: string, 
/**
 * What it is to Paydesk.
 */
kind: DestinationKind, 
/**
 * The company, where it is one that Paydesk knows.
 */
company: string | null, 
/**
 * In which environments something is set up that sends there; empty where nothing is.
 */
used_in: Array<Environment>, 
/**
 * Whether anything is set up that sends there.
 */
in_use: boolean, };

export type Destinations = { 
/**
 * Each, those in use first.
 */
items: Array<DestinationView>, };

export type Diagnostics = { 
/**
 * Names exactly this text.
 */
digest: string, 
/**
 * All of it.
 */
text: string, };

export type DiagnosticsSaved = { 
/**
 * Where.
 */
path: string, 
/**
 * How many bytes.
 */
bytes: number, };

export type DiffEvents = { 
/**
 * The vendor's id of an event.
 */
one: string, 
/**
 * The other's; the object as it is mirrored when left out.
 */
other?: string, };

export type DiffSide = { 
/**
 * The event's id, or the object's where it is compared as it is now.
 */
id: string, 
/**
 * The vendor's word for what happened; none for the object as it is now.
 */
type: string | null, 
/**
 * When it was so.
 */
at: string, };

export type DisputeView = { 
/**
 * The vendor's id, such as `dp_…`.
 */
id: string, 
/**
 * Label of the account.
 */
account: string, 
/**
 * The vendor's id of the payment.
 */
payment: string | null, 
/**
 * How much is in dispute.
 */
amount: Money, 
/**
 * How far it came.
 */
status: string, 
/**
 * Whether it may still end either way.
 */
open: boolean, 
/**
 * Why, in the vendor's word.
 */
reason: string | null, 
/**
 * When the vendor made it.
 */
created: string, 
/**
 * Until when evidence is taken.
 */
evidence_due: string | null, };

export type DistrustApprover = { 
/**
 * The key, its fingerprint, or the name that it has here.
 */
who: string, };

export type Empty = Record<symbol, never>;

export type EndpointDay = { 
/**
 * Such as `2026-11-22`.
 */
day: string, 
/**
 * Tries that were taken.
 */
taken: number, 
/**
 * Tries that were not.
 */
failed: number, 
/**
 * How long a try took in the middle, in milliseconds.
 */
typical_ms: number, };

export type EndpointDetail = { 
/**
 * The endpoint.
 */
endpoint: EndpointView, 
/**
 * The last 14 days on which something was tried, newest first.
 */
days: Array<EndpointDay>, };

export type EndpointQuotaView = { 
/**
 * Method and path template.
 */
endpoint: string, 
/**
 * Whether anything is held back. A vendor on this machine is not until it asks for it, and then
 * the next two say nothing.
 */
paced: boolean, 
/**
 * Requests per second that Paydesk allows itself now.
 */
allowed_per_second: number, 
/**
 * Requests that may leave at once now.
 */
left_now: number, };

export type EndpointScheme = "stripe" | "standard";

export type EndpointState = "on" | "paused" | "stopped";

export type EndpointView = { 
/**
 * Our own id, `ep_…`.
 */
id: string, 
/**
 * Label of the account whose events it wants; none where it wants those of all.
 */
account: string | null, 
/**
 * Where it is.
 */
url: string, 
/**
 * The types that it wants; all when empty.
 */
events: Array<string>, 
/**
 * Conditions on the document, all of which must hold.
 */
conditions: Array<string>, 
/**
 * How what is sent is signed.
 */
scheme: EndpointScheme, 
/**
 * Where the secret is: `vault`, or `variable NAME` with the environment vault.
 */
secret_location: string, 
/**
 * Whether the secret that was offered was taken.
 */
took_offered: boolean, 
/**
 * Whether the address may be on this machine or in a private network.
 */
allow_local: boolean, 
/**
 * Most requests a second.
 */
rate_per_second: number, 
/**
 * Most requests at once.
 */
concurrency: number, 
/**
 * Whether what concerns one object is sent one after the other.
 */
ordered: boolean, 
/**
 * Whether it goes with the shell that made it.
 */
temporary: boolean, 
/**
 * Whether it is sent to.
 */
state: EndpointState, 
/**
 * Why it stopped: `gone` (it answered 410) or `failing` (nothing was taken for days); `no_secret` while its secret
 * cannot be had and nothing is sent.
 */
reason: string | null, 
/**
 * Since when it is in its state.
 */
since: string, 
/**
 * Since when nothing was taken, where the newest try failed.
 */
failing_since: string | null, 
/**
 * When it was added.
 */
created: string, 
/**
 * Deliveries that wait or are being sent.
 */
waiting: number, 
/**
 * Deliveries that came to their end without being taken.
 */
failed: number, };

export type EnvironmentView = { 
/**
 * Which.
 */
environment: Environment, 
/**
 * How many accounts it has.
 */
accounts: number, 
/**
 * Whether its file exists.
 */
mirror_exists: boolean, 
/**
 * Whether its file is encrypted; none while there is no file.
 */
encrypted: boolean | null, 
/**
 * Size of its file.
 */
bytes: number, 
/**
 * Intents that are not settled, refused or canceled.
 */
open_intents: number, 
/**
 * Endpoints and channels that something is sent to as it happens.
 */
sent_to: number, 
/**
 * When the evidence of the nearest dispute is due that still needs an answer.
 */
evidence_due: string | null, 
/**
 * What of writing is unlocked; only live needs it.
 */
lock: WriteLock, 
/**
 * Whether the disk takes writes. Where it does not, everything can still be looked up, nothing can be
 * done, and Paydesk tries again by itself.
 */
writable: boolean, 
/**
 * What the self-test of the file asserted, with each result, when it was asked for.
 */
checks: Array<CheckView>, };

export type EraseCustomer = { 
/**
 * The vendor's id of the customer, or the email address of somebody who is none.
 */
id: string, 
/**
 * The same once more, typed by the person who asks for it.
 */
confirm: string, 
/**
 * The account, by label; needed when several know the id, and of no use with an address.
 */
account?: string, };

export type ErasedKind = { 
/**
 * `payments`, `refunds` …
 */
kind: string, 
/**
 * How many.
 */
records: number, };

export type ErasedView = { 
/**
 * The vendor's id of the customer, or the address.
 */
id: string, 
/**
 * Label of the account; none for an address. The vendor goes on holding the person until they are deleted there.
 */
account: string | null, 
/**
 * Records of each kind that were cleared.
 */
records: Array<ErasedKind>, 
/**
 * Refunds and other intents whose notes and requests were cleared.
 */
intents: number, 
/**
 * Messages whose reader was cleared.
 */
messages: number, 
/**
 * Copies on this machine that may still hold the person.
 */
copies: Array<string>, };

export type ErrorBody = { 
/**
 * The code.
 */
code: ErrorCode, 
/**
 * Whether money moved.
 */
money_moved: MoneyMoved, 
/**
 * What the message's `{placeholders}` stand for.
 */
params: { [key in string]: string }, 
/**
 * A sentence of somebody else's, such as the vendor's, where there is one.
 */
detail: string | null, };

export type ErrorCode = "bad_amount" | "bad_currency" | "bad_query" | "bad_sql" | "sql_too_slow" | "bad_label" | "label_taken" | "zone_unknown" | "unknown_account" | "account_needed" | "environment_needed" | "no_account" | "unknown_id" | "ambiguous_id" | "bad_reason" | "card_number" | "bad_base_url" | "key_empty" | "key_malformed" | "key_publishable" | "key_webhook_secret" | "key_wrong_vendor" | "key_live_in_test" | "key_test_in_live" | "key_other_mode" | "key_other_account" | "key_cannot_write" | "key_in_use" | "variable_missing" | "dotenv_unusable" | "bad_request" | "activity_not_offered" | "folder_unreadable" | "file_missing" | "copy_unusable" | "new_key_needed" | "mirror_plain" | "not_confirmed" | "hook_secret_needed" | "hook_unfit" | "cannot_resend" | "hook_secret_blank" | "trigger_only_sandbox" | "unknown_trigger" | "nothing_to_compare" | "bad_endpoint_url" | "endpoint_local" | "bad_endpoint_filter" | "bad_endpoint_limit" | "bad_endpoint_secret" | "unknown_endpoint" | "too_many_endpoints" | "bad_channel" | "bad_channel_secret" | "unknown_channel" | "channel_name_taken" | "endpoint_not_on" | "nothing_to_replay" | "not_replayable" | "replay_ended" | "listener_port_taken" | "bad_address" | "bad_number" | "bad_credentials" | "recipient_not_allowed" | "bad_message" | "mail_environment_needed" | "bad_region" | "mail_account_needed" | "sms_account_needed" | "no_sms_account" | "account_not_for_this" | "sender_needed" | "no_address" | "nothing_to_tell" | "unknown_template" | "bad_template" | "template_data_missing" | "no_address_column" | "bad_send_time" | "recipients_changed" | "nobody_to_send_to" | "not_scheduled" | "messages_in_doubt" | "message_open" | "message_in_doubt" | "message_request_used" | "no_mail_account" | "person_message_open" | "address_of_customers" | "message_not_open" | "bad_cursor" | "bad_path" | "unknown_view" | "bad_view_name" | "view_name_taken" | "bad_views_file" | "bad_book_file" | "no_book_loss" | "bad_bulk_file" | "bulk_total_changed" | "bulk_begun" | "bulk_state" | "bulk_nothing_to_send" | "bulk_busy" | "file_exists" | "diagnostics_changed" | "telemetry_address" | "over_refund" | "over_limit" | "approval_unreadable" | "bad_approver_key" | "unknown_approver" | "approval_newer" | "approval_forged" | "approval_expired" | "approval_clock" | "approval_own" | "approval_unknown_person" | "approval_other_request" | "approval_not_asked_here" | "approval_other_device" | "approval_used" | "approval_not_given" | "approval_declined" | "approval_void" | "approval_differs" | "approval_needs_account_id" | "nothing_left" | "open_intent" | "not_refundable" | "disputed" | "not_capturable" | "desk_running" | "restored_intent" | "undo_ran_out" | "already_left" | "not_waiting" | "foreign_intent" | "live_locked" | "unlock_passphrase_needed" | "unlock_wrong_passphrase" | "unlock_not_set_up" | "unlock_refused" | "unlock_not_kept" | "breaker_open" | "cannot_close" | "account_busy" | "vault_keeps_nothing" | "window_needs_vault" | "vendor_refused" | "vendor_unauthorized" | "vendor_forbidden" | "vendor_not_found" | "refund_failed" | "unsettled" | "needs_person" | "answer_contradicts" | "vault_missing" | "vault_locked" | "vault_timed_out" | "vault_wrong_passphrase" | "vault_no_passphrase" | "vault_damaged" | "vault_entry_lost" | "vault_unknown" | "vendor_unreachable" | "vendor_unreadable" | "vendor_busy" | "disk_full" | "disk_fails" | "home_elsewhere" | "home_synced" | "mirror_in_use" | "home_read_only" | "mirror_newer" | "mirror_damaged" | "mirror_wrong_key" | "export_failed" | "export_canceled" | "canceled" | "version_mismatch" | "desk_gone" | "internal";

export type EventCount = { 
/**
 * So many; at least so many where it is not exact.
 */
events: number, 
/**
 * Whether all were counted.
 */
exact: boolean, 
/**
 * Down to when all were counted, where not all of history was.
 */
looked_back_to: string | null, };

export type EventDetail = { 
/**
 * The event, where it is in the mirror.
 */
event: EventView | null, 
/**
 * Its document, without what must not be kept; what was received, masked, where it is no event.
 */
document: string, 
/**
 * The requests that brought it, oldest first; none where only the feed did.
 */
received: Array<ReceivedDetail>, 
/**
 * The events about the same thing, itself among them, newest first, at most 100.
 */
versions: Array<EventView>, };

export type EventDiff = { 
/**
 * What was so first.
 */
before: DiffSide, 
/**
 * What was so then.
 */
after: DiffSide, 
/**
 * Whether both are about one object.
 */
same_object: boolean, 
/**
 * What differs in `data.object`, in the order of its paths.
 */
changes: Array<FieldChange>, 
/**
 * Whether there are more changes than are listed.
 */
cut: boolean, 
/**
 * What the later event itself says was so before (`data.previous_attributes`), as JSON.
 */
previous_attributes: string | null, };

export type EventView = { 
/**
 * The vendor's id.
 */
id: string, 
/**
 * Label of the account.
 */
account: string, 
/**
 * The vendor's word for what happened; unknown ones are shown as they are.
 */
type: string, 
/**
 * When it happened at the vendor.
 */
created: string, 
/**
 * The vendor's word for the sort of thing that it is about.
 */
object: string | null, 
/**
 * The thing's id.
 */
object_id: string | null, 
/**
 * The vendor's id of the payment that it concerns.
 */
payment: string | null, 
/**
 * The version of the vendor's API that it is written in.
 */
api_version: string | null, 
/**
 * The vendor's id of the call that caused it.
 */
request_id: string | null, 
/**
 * How it came.
 */
came: CameBy, };

export type EventsExported = { 
/**
 * The file.
 */
path: string, 
/**
 * Requests in it, byte for byte as they were received.
 */
requests: number, 
/**
 * Events of the feed in it, which nobody delivered here: their documents, with the header `Paydesk-Source: feed` and
 * no signature.
 */
from_feed: number, 
/**
 * Requests that were left out, since what is kept of them is not what came.
 */
left_out: number, };

export type EvidenceView = { 
/**
 * The vendor's id of the payment.
 */
payment: string, 
/**
 * The page.
 */
path: string, 
/**
 * The files beside it, with the SHA-256 of each, as the page names them.
 */
attachments: Array<Said>, 
/**
 * The environment of the payment.
 */
environment: Environment, };

export type ExpectedDays = { 
/**
 * The first day, such as `2026-11-30`.
 */
from: string, 
/**
 * The last day.
 */
until: string, };

export type ExponentView = { 
/**
 * The vendor.
 */
vendor: string, 
/**
 * Currencies whose amounts do not have two decimals, with how many they have.
 */
exceptions: Array<[string, number]>, };

export type ExportBook = { 
/**
 * The file, which must not exist; `~/` stands for the person's own folder.
 */
to: string, };

export type ExportCustomer = { 
/**
 * The vendor's id of the customer, or the email address of somebody who is none.
 */
id: string, 
/**
 * The account, by label; needed when several know the id, and of no use with an address.
 */
account?: string, 
/**
 * The whole path of the file to write, which must not exist; the document comes back when left out.
 */
to?: string, };

export type ExportEvents = { 
/**
 * The search.
 */
query: string, 
/**
 * The file, which must not exist; `~/` stands for the person's own folder.
 */
to: string, };

export type ExportFormat = "csv" | "xlsx" | "jsonl" | "parquet";

export type ExportList = { 
/**
 * The exports of the environment.
 */
items: Array<ExportView>, 
/**
 * The folder that files are proposed for, with the separator at its end.
 */
folder: string, };

export type ExportSource = { "rows": "kind", 
/**
 * The kind.
 */
kind: string, } | { "rows": "query", 
/**
 * The search.
 */
query: string, } | { "rows": "view", 
/**
 * Its name.
 */
name: string, };

export type ExportState = "running" | "finishing" | "done" | "canceled" | "failed";

export type ExportView = { 
/**
 * Its id, for canceling.
 */
id: string, 
/**
 * How far it is.
 */
state: ExportState, 
/**
 * Which rows.
 */
source: ExportSource, 
/**
 * As what.
 */
format: ExportFormat, 
/**
 * The file.
 */
path: string, 
/**
 * Rows so far.
 */
rows: number, 
/**
 * Rows there will be, once they are counted.
 */
total: number | null, 
/**
 * Rows per second, once known.
 */
rows_per_second: number | null, 
/**
 * Estimate of what is left, once there is a base for one.
 */
remaining_ms: number | null, 
/**
 * Bytes of the file, once it is in its place.
 */
bytes: number | null, 
/**
 * Cells that were cut because a spreadsheet's cell cannot hold more than 32,767 characters.
 */
shortened: number, 
/**
 * When it was started; the rows are those of this moment.
 */
started: string, 
/**
 * Why it failed.
 */
problem: ErrorBody | null, };

export type ExportViews = { 
/**
 * Only those of these names; all when left out.
 */
names?: Array<string>, };

export type FailureCount = { 
/**
 * The vendor's word.
 */
reason: string, 
/**
 * How often.
 */
count: number, };

export type FieldChange = { 
/**
 * Where it is: `refunds.data[0].amount`.
 */
path: string, 
/**
 * What was there, as JSON; none where there was nothing.
 */
before: string | null, 
/**
 * What is there, as JSON; none where there is nothing.
 */
after: string | null, };

export type FindPayments = { 
/**
 * What to look for; empty finds all.
 */
query: string, 
/**
 * Only this account, by label.
 */
account?: string, 
/**
 * Which page.
 */
range: ListRange, };

export type FoundEvents = { 
/**
 * What was found.
 */
items: Array<HistoryView>, 
/**
 * Hand this back to get the next page; none on the last.
 */
next: string | null, 
/**
 * How far everything was looked at, where the search stopped before history did; `next` looks further.
 */
looked_back_to: string | null, 
/**
 * As of when the mirror is complete.
 */
as_of: string | null, };

export type FoundMessages = { 
/**
 * What was found.
 */
items: Array<MessageView>, 
/**
 * Hand this back to get the next page; none on the last.
 */
next: string | null, 
/**
 * How far everything was looked at, where the search stopped before history did; `next` looks further.
 */
looked_back_to: string | null, };

export type FoundPayments = { 
/**
 * The rows of this page, newest first.
 */
items: Array<PaymentView>, 
/**
 * Hand this back to get the next page, or to look further.
 */
next: string | null, 
/**
 * Where the search must look at payment after payment, and the page is not full yet although
 * history goes on: down to when it looked. `next` looks further.
 */
looked_back_to: string | null, 
/**
 * The same where the search is sorted by amount: all payments of more than this were looked at, or of
 * less where the smallest come first.
 */
looked_to_amount: Money | null, 
/**
 * Whether nothing holds the whole search, so that only the ids, emails, amounts and last digits
 * in it were looked for: the text was probably a pasted message.
 */
relaxed: boolean, 
/**
 * As of when the mirror is complete, for the account that is furthest behind.
 */
as_of: string | null, };

export type GainedView = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its search, for a link to it.
 */
query: string, 
/**
 * How many payments came in.
 */
payments: number, 
/**
 * Our own id of the one, where it is only one.
 */
payment: string | null, };

export type GroupList = { 
/**
 * Label of the account.
 */
account: string, 
/**
 * The groups.
 */
items: Array<GroupView>, 
/**
 * When the vendor listed them.
 */
as_of: string, };

export type GroupView = { 
/**
 * The vendor's number.
 */
id: number, 
/**
 * Its name.
 */
name: string, 
/**
 * What it is for.
 */
description: string, 
/**
 * How many left it.
 */
unsubscribes: number, };

export type HistoryView = { 
/**
 * The vendor's id, or the number of a received request such as `in_17`.
 */
id: string, 
/**
 * Label of the account.
 */
account: string, 
/**
 * The vendor's word for what happened, where one could be read.
 */
type: string | null, 
/**
 * When it happened at the vendor; for a request, when it was received.
 */
created: string, 
/**
 * The vendor's word for the sort of thing that it is about.
 */
object: string | null, 
/**
 * The thing's id.
 */
object_id: string | null, 
/**
 * The vendor's id of the payment that it concerns.
 */
payment: string | null, 
/**
 * How it came.
 */
came: CameBy, 
/**
 * Why a request was refused or is kept apart, as a word.
 */
reason: string | null, 
/**
 * How sending it on stands; none where it was sent nowhere.
 */
deliveries: DeliveryFigures | null, };

export type HoldLan = { 
/**
 * The address, as it was opened.
 */
address: string, 
/**
 * Whether it goes, so that the listener is heard on this machine alone again.
 */
ended: boolean, };

export type HoldMailRun = { 
/**
 * The run.
 */
id: string, 
/**
 * Whether it waits.
 */
hold: boolean, };

export type HomeView = { 
/**
 * Version of the Desk.
 */
version: string, 
/**
 * The home's folder.
 */
home: string, 
/**
 * The environment that this window or command is about, when there is one.
 */
environment: Environment | null, 
/**
 * Which shell runs the Desk.
 */
desk_shell: Shell, 
/**
 * Its process.
 */
desk_process: number, 
/**
 * The vault.
 */
vault: VaultView, 
/**
 * Each environment.
 */
environments: Array<EnvironmentView>, 
/**
 * What was found wrong, as codes of the error table; empty when all is well.
 */
problems: Array<ProblemView>, 
/**
 * By what unlocking live makes sure that it is the person.
 */
unlock_by: UnlockBy, 
/**
 * Who the book says is here.
 */
who: WhoView, 
/**
 * The address that mail is sent from, once set.
 */
from_email: string | null, 
/**
 * How many seconds a refund of the window waits and can be undone before it leaves.
 */
undo_seconds: number, 
/**
 * How many decimals amounts have, by vendor.
 */
exponents: Array<ExponentView>, };

export type HookView = { 
/**
 * Label of the account or source.
 */
account: string, 
/**
 * Its environment.
 */
environment: Environment, 
/**
 * Whether it is a source.
 */
is_source: boolean, 
/**
 * How what comes there is signed, such as `stripe`.
 */
scheme: string, 
/**
 * The address that the vendor calls, where that is another one.
 */
public_url: string | null, 
/**
 * The id that PayPal gave the webhook.
 */
webhook_id: string | null, 
/**
 * Where to deliver to; none before there was ever a listener.
 */
url: string | null, 
/**
 * Where the secret is: `vault`, or `variable NAME` with the environment vault.
 */
secret_location: string, 
/**
 * Whether the secret that was offered was taken.
 */
took_offered: boolean, 
/**
 * Whether somebody listens there now.
 */
listening: boolean, 
/**
 * The address beyond this machine that is listened on as well.
 */
lan: string | null, 
/**
 * Why nobody does, where somebody should; or why nobody does on the port that was asked for.
 */
problem: string | null, 
/**
 * The port that could not be had.
 */
problem_port: number | null, };

export type ImportBulk = { 
/**
 * Made by the shell when the file is opened; a repeat makes no second run.
 */
request_id: string, 
/**
 * Where the rows come from.
 */
origin: BulkOrigin, 
/**
 * Of a spreadsheet this sheet.
 */
sheet?: string, 
/**
 * What the columns are; what they seem to be when left out.
 */
mapping?: BulkMapping, 
/**
 * What stands before the decimals; found out where the amounts tell it when left out.
 */
decimals?: BulkDecimals, 
/**
 * The account, by label; needed where the environment has several.
 */
account?: string, 
/**
 * Why, for rows that do not say.
 */
reason?: string, 
/**
 * The note of rows that have none.
 */
note?: string, };

export type ImportMailRun = { 
/**
 * Made by the shell; a repeat makes no second run.
 */
request_id: string, 
/**
 * The account that sends; the only one that can when left out.
 */
account?: string, 
/**
 * Where the recipients come from.
 */
origin: BulkOrigin, 
/**
 * Of a spreadsheet this sheet.
 */
sheet?: string, 
/**
 * The column of the addresses, from 0; what it seems to be when left out.
 */
address?: number, 
/**
 * What it says: a text, or a template into which each recipient's columns are filled.
 */
content: MessageContent, 
/**
 * The group that its readers can unsubscribe from; whoever did is left out.
 */
group?: number, 
/**
 * When it is sent; at once when left out. At most 72 hours ahead.
 */
send_at?: string, 
/**
 * Most recipients of one request, 1 to 1,000; 1,000 when left out. A lost answer leaves so many in doubt at once.
 */
per_request?: number, };

export type ImportMessages = { 
/**
 * The account whose messages they are of; the only one that sends mail when left out.
 */
account?: string, 
/**
 * The folder.
 */
folder: string, };

export type ImportViews = { 
/**
 * The text of the file.
 */
text: string, 
/**
 * Whether views that are here under the same name are changed; otherwise they stay as they are.
 */
replace: boolean, };

export type ImportedFile = { 
/**
 * Its name.
 */
name: string, 
/**
 * Lines that were read, or elements of an array.
 */
lines: number, 
/**
 * Events that were new.
 */
events: number, 
/**
 * Events that were known before.
 */
known: number, 
/**
 * Lines that could not be read and are kept apart.
 */
bad: number, 
/**
 * It was read to its end.
 */
finished: boolean, 
/**
 * Why it cannot be read on.
 */
problem: string | null, 
/**
 * The first lines that could not be read.
 */
problems: Array<LineProblem>, };

export type ImportedVariable = { 
/**
 * Its name.
 */
name: string, 
/**
 * `account_key`, `kept_in_vault`, `setting` or `skipped`.
 */
outcome: string, 
/**
 * Code of the reason where it was skipped, such as `publishable_key`.
 */
reason: string | null, };

export type ImportedViews = { 
/**
 * Saved, new or changed.
 */
saved: Array<string>, 
/**
 * Here already and left as they are.
 */
kept: Array<string>, };

export type IssueRefund = { 
/**
 * Made by the shell when the dialog opens or the command starts.
 */
request_id: string, 
/**
 * `ch_ py_ pi_` or our own id.
 */
payment: string, 
/**
 * How much.
 */
amount: RefundAmount, 
/**
 * `duplicate`, `fraudulent` or `requested_by_customer`.
 */
reason?: string, 
/**
 * An internal note; it stays on this machine.
 */
note?: string, 
/**
 * The ticket that it is for, for the book.
 */
ticket?: string, 
/**
 * Answer at the latest after so many milliseconds, 30,000 when left out. One that waits to be undone is
 * answered at once.
 */
wait_ms?: number, 
/**
 * How many seconds it waits and can be undone before it leaves, at most 60. When left out, what the home's
 * settings say for a window, and none for a command.
 */
undo_seconds?: number, 
/**
 * The id of the approval that it is issued with: payment, amount and reason must be those that were approved.
 */
approval?: string, };

export type KeySource = { "from": "text", 
/**
 * The key.
 */
key: SecretText, } | { "from": "variable", 
/**
 * Name of the variable.
 */
name: string, } | { "from": "dotenv", 
/**
 * Path of the file.
 */
path: string, } | { "from": "dotenv_text", 
/**
 * The contents.
 */
text: SecretText, };

export type KindProof = { 
/**
 * `payments`, `refunds` …
 */
kind: string, 
/**
 * Days that are proven.
 */
green: number, 
/**
 * Days that were not compared to their end, or changed since.
 */
amber: number, 
/**
 * Days with a gap that is being healed.
 */
red: number, 
/**
 * The oldest comparison among the proven days.
 */
as_of: string | null, };

export type LastMessage = { 
/**
 * Its type.
 */
type: string, 
/**
 * When it was made.
 */
created: string, 
/**
 * How far it is.
 */
state: DeliveryState, 
/**
 * Status of the newest answer.
 */
status: number | null, 
/**
 * Why it was not taken, as a word of a delivery.
 */
problem: string | null, };

export type LineProblem = { 
/**
 * Its number, counted from one.
 */
line: number, 
/**
 * Why.
 */
problem: string, };

export type LinkMessage = { 
/**
 * Our id of it.
 */
id: string, 
/**
 * The payment.
 */
payment: string, };

export type ListAccounts = Record<symbol, never>;

export type ListApprovalRows = { 
/**
 * The request's file.
 */
file?: ApprovalFile, 
/**
 * The id of one that is listed here.
 */
id?: string, 
/**
 * Which page.
 */
range: ListRange, };

export type ListApprovals = { 
/**
 * Only the one of this id.
 */
id?: string, 
/**
 * Only those that were asked here, or only those that were decided here for somebody else.
 */
mine?: boolean, 
/**
 * Which page.
 */
range: ListRange, };

export type ListApprovers = Record<symbol, never>;

export type ListBook = { 
/**
 * Only this part.
 */
part?: BookPart, 
/**
 * Only lines about this, by the vendor's id or our own.
 */
about?: string, 
/**
 * Only lines of this person, by the system's name or by that of Paydesk's settings.
 */
who?: string, 
/**
 * Which page.
 */
range: ListRange, };

export type ListBulkRows = { 
/**
 * The run.
 */
id: string, 
/**
 * Only rows in these states.
 */
states: Array<string>, 
/**
 * Only rows with this problem.
 */
problem?: string, 
/**
 * Which page.
 */
range: ListRange, };

export type ListBulkRuns = { 
/**
 * Which page.
 */
range: ListRange, };

export type ListCalls = { 
/**
 * Only this account, by label.
 */
account?: string, 
/**
 * Only writes.
 */
writes_only: boolean, 
/**
 * Which page.
 */
range: ListRange, };

export type ListChannels = Record<symbol, never>;

export type ListDeliveries = { 
/**
 * Only to this endpoint.
 */
endpoint?: string, 
/**
 * Only of this event, by the vendor's id.
 */
event?: string, 
/**
 * Only of this replay, `rp_…`.
 */
replay?: string, 
/**
 * Only in this state.
 */
state?: DeliveryState, 
/**
 * Which page.
 */
range: ListRange, };

export type ListDestinations = Record<symbol, never>;

export type ListEndpoints = Record<symbol, never>;

export type ListEvents = { 
/**
 * The search, such as `type:charge.* created:-7d -verdict:feed`; its words are in `messages/search-events.en.json`.
 */
query: string, 
/**
 * Which page.
 */
range: ListRange, };

export type ListExports = Record<symbol, never>;

export type ListGroups = { 
/**
 * The account.
 */
account?: string, 
/**
 * Ask the vendor now.
 */
fresh: boolean, };

export type ListHooks = Record<symbol, never>;

export type ListMailRunRows = { 
/**
 * The run.
 */
id: string, 
/**
 * Only those in these states.
 */
states: Array<string>, 
/**
 * Which page.
 */
range: ListRange, };

export type ListMailRuns = { 
/**
 * Which page.
 */
range: ListRange, };

export type ListMessages = { 
/**
 * The search, such as `status:bounced to:ada@example.com`; its words are in `messages/search-messages.en.json`.
 */
query: string, 
/**
 * Which page.
 */
range: ListRange, };

export type ListRange = { 
/**
 * At most so many rows, 1 to 1,000; 50 when left out.
 */
limit?: number, 
/**
 * The `next` of the page before.
 */
after?: string, };

export type ListReceived = { 
/**
 * Only this account, by label.
 */
account?: string, 
/**
 * Only what is kept apart, refused ones included.
 */
apart_only: boolean, 
/**
 * Which page.
 */
range: ListRange, };

export type ListRefunds = { 
/**
 * Only intents in these states. Where all of them are open ones, intents of every kind are listed.
 */
states: Array<string>, 
/**
 * Also refunds that were issued elsewhere.
 */
elsewhere: boolean, 
/**
 * Only this account, by label.
 */
account?: string, 
/**
 * Which page.
 */
range: ListRange, };

export type ListReplays = { 
/**
 * Which page.
 */
range: ListRange, };

export type ListSandboxMessages = Record<symbol, never>;

export type ListSqlViews = Record<symbol, never>;

export type ListSuppressions = { 
/**
 * The account.
 */
account?: string, 
/**
 * A part of the address, or the word of a list such as `bounce`.
 */
query: string, 
/**
 * Ask the vendor now.
 */
fresh: boolean, 
/**
 * Which page.
 */
range: ListRange, };

export type ListTemplates = { 
/**
 * The account, by label; the only one that sends mail when left out.
 */
account?: string, 
/**
 * Ask the vendor now, and not only where what is kept is old.
 */
fresh: boolean, };

export type ListTextTemplates = Record<symbol, never>;

export type ListViews = { 
/**
 * Count each exactly before answering, however long that takes; otherwise what is known now.
 */
exact: boolean, 
/**
 * Only those that search this; all when left out.
 */
of?: QuerySubject, };

export type LockWrites = { 
/**
 * Because nobody was at the window for long, and not because somebody wants it: a run of refunds that is
 * being sent then goes on within the time that it was opened for.
 */
idle: boolean, };

export type LogLevel = "debug" | "info" | "warn" | "error";

export type LogLine = { 
/**
 * Its place; later lines have greater ones.
 */
number: number, 
/**
 * When.
 */
at: string, 
/**
 * How grave.
 */
level: LogLevel, 
/**
 * The part of the program.
 */
part: string, 
/**
 * What happened.
 */
message: string, 
/**
 * What belongs to it, by name.
 */
facts: Array<[string, string]>, };

export type LogPage = { 
/**
 * The folder of the files.
 */
folder: string, 
/**
 * How large they are together, in bytes.
 */
bytes: number, 
/**
 * The lines, newest first.
 */
items: Array<LogLine>, 
/**
 * Hand this back to get older ones; none at the end.
 */
next: string | null, };

export type MailListFile = { 
/**
 * Its name.
 */
name: string, 
/**
 * The sheets of a spreadsheet.
 */
sheets: Array<string>, 
/**
 * The sheet that was read.
 */
sheet: string | null, 
/**
 * Recipients in it.
 */
rows: number, 
/**
 * The names that its columns have in a template.
 */
columns: Array<string>, 
/**
 * The column of the addresses, from 0; none where no column holds any.
 */
address: number | null, 
/**
 * The first recipients, as they stand there.
 */
sample: Array<Array<string>>, };

export type MailProblemView = { 
/**
 * `invalid`, `duplicate`, `suppressed` or `held`.
 */
hold: string, 
/**
 * The problem's word.
 */
code: string, 
/**
 * How many.
 */
rows: number, };

export type MailRates = { 
/**
 * Label of the account.
 */
account: string, 
/**
 * Messages that the vendor took.
 */
taken: number, 
/**
 * Those of them that stand as delivered.
 */
delivered: number, 
/**
 * Those of them that bounced.
 */
bounced: number, 
/**
 * Those of them that were opened, where that is counted.
 */
opened: number, 
/**
 * Delivered of 10,000 taken.
 */
delivered_per_10_000: number, 
/**
 * Bounced of 10,000 taken.
 */
bounced_per_10_000: number, 
/**
 * Opened of 10,000 taken.
 */
opened_per_10_000: number, };

export type MailRunRowView = { 
/**
 * The line of the file.
 */
line: number, 
/**
 * What stood there.
 */
given: string, 
/**
 * The address.
 */
to: string | null, 
/**
 * What became of them.
 */
state: string, 
/**
 * Why: a code of ours, or the receiving side's words.
 */
reason: string | null, 
/**
 * More to it, such as the earlier line.
 */
detail: string | null, 
/**
 * The vendor's id of the payment.
 */
payment: string | null, 
/**
 * Our id of their message.
 */
message: string | null, 
/**
 * When it was delivered.
 */
delivered: string | null, };

export type MailRunView = { 
/**
 * Our own id of it.
 */
id: string, 
/**
 * Label of the account that sends.
 */
account: string, 
/**
 * Where it sends.
 */
environment: Environment, 
/**
 * Name of the file or view.
 */
name: string, 
/**
 * `file`, `text` or `view`.
 */
source: string, 
/**
 * How far it is.
 */
state: BulkRunState, 
/**
 * Why it paused: a code of the error table, or `interrupted` or `by_person`.
 */
problem: string | null, 
/**
 * Somebody else's sentence to it.
 */
problem_detail: string | null, 
/**
 * An earlier run that says the same to the same people.
 */
same_as: string | null, 
/**
 * Its subject, where that is ours.
 */
subject: string | null, 
/**
 * The vendor's id of its template.
 */
template: string | null, 
/**
 * The group that its readers can unsubscribe from.
 */
group: number | null, 
/**
 * When it is sent, where that is later.
 */
send_at: string | null, 
/**
 * What the vendor was told of that: `waiting`, `paused` or `canceled`.
 */
schedule: string | null, 
/**
 * Most recipients of one request.
 */
per_request: number, 
/**
 * Whether the vendor's lists of whom it sends nothing to could be read.
 */
suppressions_read: boolean, 
/**
 * When it was made.
 */
created: string, 
/**
 * When its first recipients were handed over.
 */
started: string | null, 
/**
 * When its last ones were.
 */
ended: string | null, 
/**
 * All its recipients.
 */
rows: number, 
/**
 * Those that get the next messages, or would: whoever runs it says this number.
 */
to_send: number, 
/**
 * Those of whom it is not known whether they get one: never tried again by itself.
 */
in_doubt: number, 
/**
 * Its recipients by state.
 */
states: Array<MailStateCount>, 
/**
 * What keeps recipients from getting it, the most frequent first.
 */
problems: Array<MailProblemView>, 
/**
 * Recipients per second, while it runs.
 */
rows_per_second: number | null, 
/**
 * Estimate of what is left, while it runs.
 */
remaining_ms: number | null, };

export type MailSample = { 
/**
 * The line of the file.
 */
line: number, 
/**
 * The address.
 */
to: string, 
/**
 * What they would get.
 */
rendered: RenderedView, 
/**
 * The vendor only checks it, since the address is not on the account's list.
 */
sandbox_mode: boolean, };

export type MailSamples = { 
/**
 * Who it comes from.
 */
from: string, 
/**
 * The first recipients.
 */
items: Array<MailSample>, };

export type MailSettingsView = { 
/**
 * Label of the account.
 */
account: string, 
/**
 * Who mail comes from.
 */
from: string | null, 
/**
 * The sender's name.
 */
from_name: string | null, 
/**
 * Whom the vendor lets mail go out as.
 */
senders: Array<SenderView>, 
/**
 * Who gets real mail outside live.
 */
allowed: Array<string>, 
/**
 * Whether what is sent is kept.
 */
keep_bodies: boolean, 
/**
 * Whether opens and clicks are counted.
 */
tracking: boolean, };

export type MailStateCount = { 
/**
 * That of the message, or `ready invalid duplicate suppressed held canceled` where there is none.
 */
state: string, 
/**
 * How many.
 */
rows: number, };

export type MessageContent = { "kind": "receipt" } | { "kind": "refund_notice" } | { "kind": "free_text", 
/**
 * The subject; an SMS has none.
 */
subject: string, 
/**
 * The text.
 */
text: string, } | { "kind": "template", 
/**
 * Its id at the vendor, such as `d-…`.
 */
id: string, 
/**
 * What is filled in: a JSON object, as text.
 */
data: string, };

export type MessageCount = { 
/**
 * So many; at least so many where it is not exact.
 */
messages: number, 
/**
 * Whether all were counted.
 */
exact: boolean, 
/**
 * Down to when all were counted, where not all of history was.
 */
looked_back_to: string | null, };

export type MessageDetail = { 
/**
 * The message.
 */
message: MessageView, 
/**
 * What it said, where the account keeps that.
 */
body: string | null, 
/**
 * The vendor's id of it.
 */
vendor_id: string | null, 
/**
 * How often it was handed to the vendor.
 */
sends: number, 
/**
 * What the vendor told, oldest first.
 */
events: Array<MessageEventView>, 
/**
 * It may be at the vendor or not, so that a person may give it up.
 */
can_close: boolean, 
/**
 * It waits at the vendor for its time, so that it may be taken back.
 */
can_take_back: boolean, };

export type MessageEventView = { 
/**
 * The vendor's id of it.
 */
id: string, 
/**
 * What.
 */
kind: string, 
/**
 * When it happened.
 */
at: string, 
/**
 * Why.
 */
reason: string | null, 
/**
 * When Paydesk heard of it.
 */
received: string, };

export type MessagePreview = { 
/**
 * Label of the account that sends.
 */
account: string, 
/**
 * Who it comes from.
 */
from: string, 
/**
 * Whom it goes to.
 */
to: string, 
/**
 * Its subject, where that is ours.
 */
subject: string | null, 
/**
 * Its text, where that is ours.
 */
text: string | null, 
/**
 * The vendor's id of the template.
 */
template: string | null, 
/**
 * Nobody gets it: outside live the vendor only checks what goes to addresses that were not allowed.
 */
sandbox_mode: boolean, 
/**
 * A card number in it is masked.
 */
card_masked: boolean, 
/**
 * What the template comes to; none of a text, or where the template cannot be read.
 */
rendered: RenderedView | null, 
/**
 * Why the template cannot be shown.
 */
problem: string | null, 
/**
 * Why the vendor would send the address nothing; none where that was not asked or could not be read.
 */
suppressions: Array<SuppressionView> | null, 
/**
 * When it would be sent, where that is later.
 */
send_at: string | null, 
/**
 * How long an SMS is on the air.
 */
size: SmsSizeView | null, };

export type MessageView = { 
/**
 * Our id of it.
 */
id: string, 
/**
 * Label of the account that sent it.
 */
account: string, 
/**
 * `email` or `sms`.
 */
channel: string, 
/**
 * `outbound`, or `inbound` of what a customer sent.
 */
direction: string, 
/**
 * `receipt`, `refund_notice`, `free_text`, `template` or `elsewhere`.
 */
purpose: string, 
/**
 * How it stands.
 */
state: string, 
/**
 * Why it stands so: a code of ours, or the receiving side's words.
 */
reason: string | null, 
/**
 * Who it came from, where the row keeps that.
 */
from: string | null, 
/**
 * Whom it went to.
 */
to: string, 
/**
 * How many messages an SMS was on the air.
 */
segments: number | null, 
/**
 * What the vendor took for it, in the vendor's own digits.
 */
price: string | null, 
/**
 * The currency of that, in three letters.
 */
price_currency: string | null, 
/**
 * Its subject.
 */
subject: string | null, 
/**
 * The vendor's id of its template.
 */
template: string | null, 
/**
 * The vendor only checked it.
 */
sandbox_mode: boolean, 
/**
 * A card number in it was masked.
 */
card_masked: boolean, 
/**
 * The vendor's id of the payment that it is about.
 */
payment: string | null, 
/**
 * The vendor's id of the customer.
 */
customer: string | null, 
/**
 * How surely it is about that payment: `exact`, `likely` or `by_hand`.
 */
link: string | null, 
/**
 * When it was decided, or first told of.
 */
created: string, 
/**
 * When it is sent, where that is later.
 */
send_at: string | null, 
/**
 * When it was delivered.
 */
delivered: string | null, 
/**
 * When it was first looked at.
 */
opened: string | null, 
/**
 * When a link in it was first followed.
 */
clicked: string | null, 
/**
 * When it was first called spam.
 */
complained: string | null, 
/**
 * The answer is that of an earlier request of the same id.
 */
repeated: boolean, 
/**
 * The vendor that it went by.
 */
vendor: string, 
/**
 * Why what it said is not there: `erased`, `elsewhere`, `template` or `not_kept`; none where it is.
 */
no_body: string | null, };

export type MessagesImported = { 
/**
 * Files there, in the order of their names.
 */
files: Array<ImportedFile>, 
/**
 * Whether all of them were read to their end, as far as they can be.
 */
done: boolean, };

export type MessagesSynced = { 
/**
 * Label of the account.
 */
account: string, 
/**
 * Messages that were read.
 */
read: number, 
/**
 * Of them, those that were not known.
 */
new: number, 
/**
 * Of them, those of which something was new.
 */
changed: number, 
/**
 * Those that could not be read.
 */
skipped: number, 
/**
 * Messages whose answer was lost and that were found.
 */
found: number, 
/**
 * Messages of which it is still not known whether they were sent.
 */
in_doubt: number, 
/**
 * The list is read down to its end.
 */
complete: boolean, 
/**
 * The vendor said no, or nothing, before it was done.
 */
stopped_early: boolean, 
/**
 * How far back it is read.
 */
oldest: string | null, };

export type MirrorFileView = { 
/**
 * Whether every check passed.
 */
whole: boolean, 
/**
 * Each check.
 */
checks: Array<CheckView>, };

export type MissedEvents = { 
/**
 * The times, those of the last 30 days; none in which nothing was missed.
 */
items: Array<MissedView>, };

export type MissedView = { 
/**
 * Label of the account.
 */
account: string, 
/**
 * From when on.
 */
from: string, 
/**
 * Until when.
 */
until: string, 
/**
 * How many.
 */
events: number, 
/**
 * How many of each type, the most first.
 */
types: Array<TypeCount>, 
/**
 * Whether the feed no longer reached back to all of it, so that there may have been more.
 */
beyond_feed: boolean, 
/**
 * The search that finds them, for `list_events` and replays.
 */
query: string, };

export type MoneyMoved = "no" | "yes" | "unknown";

export type MyKey = { 
/**
 * The public key, which colleagues trust.
 */
key: string, 
/**
 * Its fingerprint, to compare by voice.
 */
fingerprint: string, 
/**
 * The name that goes into what is signed; empty where none was given.
 */
name: string, 
/**
 * The operating system's name that goes into it.
 */
system_user: string, 
/**
 * The file that the key was written into.
 */
path: string | null, };

export type NoteLookUp = { 
/**
 * The search, as it was asked.
 */
query: string, 
/**
 * Its account, where it was asked of one.
 */
account?: string, };

export type Notice = { "notice": "sync", 
/**
 * Whose.
 */
environment: Environment, 
/**
 * How far it is.
 */
sync: SyncView, } | { "notice": "proof", 
/**
 * Whose.
 */
environment: Environment, 
/**
 * How far it is.
 */
run: ProofRun, } | { "notice": "changed", 
/**
 * Where.
 */
environment: Environment, 
/**
 * What.
 */
tags: Array<Tag>, } | { "notice": "export", 
/**
 * Whose rows.
 */
environment: Environment, 
/**
 * How far it is.
 */
export: ExportView, } | { "notice": "bulk", 
/**
 * Whose.
 */
environment: Environment, 
/**
 * How far it is.
 */
run: BulkRunView, } | { "notice": "mail_run", 
/**
 * Whose.
 */
environment: Environment, 
/**
 * How far it is.
 */
run: MailRunView, } | { "notice": "bulk_import", 
/**
 * Whose.
 */
environment: Environment, 
/**
 * How far it is.
 */
import: BulkImporting, } | { "notice": "view_gained", 
/**
 * Where.
 */
environment: Environment, 
/**
 * Name of the view.
 */
view: string, 
/**
 * Its search, for a link to it.
 */
query: string, 
/**
 * How many payments came in.
 */
gained: number, 
/**
 * Our own id of the one, where it is only one.
 */
payment: string | null, } | { "notice": "event", 
/**
 * Whose.
 */
environment: Environment, 
/**
 * What came.
 */
event: ReceivedEventView, } | { "notice": "delivery", 
/**
 * Whose.
 */
environment: Environment, 
/**
 * How far it is.
 */
delivery: DeliveryView, } | { "notice": "replay", 
/**
 * Whose.
 */
environment: Environment, 
/**
 * How far it is.
 */
replay: ReplayView, } | { "notice": "missed", };

export type OpenApproval = { 
/**
 * The file.
 */
file: ApprovalFile, };

export type OpenHook = { 
/**
 * The account, or a source that is there, by label; the only account when left out.
 */
account?: string, 
/**
 * How what comes is signed: `stripe` when left out, `sendgrid`, `twilio`, `paypal`, `standard`, `svix` or `hubspot`.
 */
scheme?: string, 
/**
 * The label of a source, which is made where there is none: whoever delivers here without an account of theirs.
 */
name?: string, 
/**
 * The address that the vendor calls, where it signs that; without a path the one of the listener is put behind it.
 */
public_url?: string, 
/**
 * The id that PayPal gave the webhook.
 */
webhook_id?: string, 
/**
 * PayPal's certificate and those between it and a root, in PEM; fetched from PayPal when left out.
 */
certificate_pem?: string, 
/**
 * The roots to trust, in PEM; those of the system when left out.
 */
roots_pem?: string, 
/**
 * Have the sandbox deliver there, by its own API, with the secret that it makes.
 */
register: boolean, 
/**
 * Listen on this address of the machine as well, or on all by `0.0.0.0`, for a minute and as long as the shell says
 * `hold_lan`, which it should twice a minute; never by a window.
 */
lan?: string, 
/**
 * The port of the listener from now on; as it was when left out.
 */
port?: number, 
/**
 * The secret that the vendor signs with, where it made one. The one before it is honoured for another day.
 */
secret?: KeySource, 
/**
 * A secret that the shell made, taken only where the path has none yet.
 */
offered_secret?: SecretText, };

export type OpenSandbox = Record<symbol, never>;

export type Overview = { 
/**
 * One block per currency, largest first.
 */
currencies: Array<CurrencyOverview>, 
/**
 * Why payments failed in these days, most frequent first.
 */
failures: Array<FailureCount>, 
/**
 * The newest failed payments.
 */
recent_failures: Array<PaymentView>, 
/**
 * Intents that are not settled, refused or canceled.
 */
open_intents: number, 
/**
 * Intents that need a person.
 */
needs_person: number, 
/**
 * Open disputes.
 */
open_disputes: number, 
/**
 * What became of email, by account that sends it; empty where one account that takes payments was asked for.
 */
mail: Array<MailRates>, 
/**
 * First day of the range, such as `2026-11-01`.
 */
first_day: string, 
/**
 * Last day of the range.
 */
last_day: string, 
/**
 * The time zone that the days are of; none where accounts have different ones.
 */
reporting_zone: string | null, 
/**
 * As of when the mirror is complete, for the account that is furthest behind.
 */
as_of: string | null, };

export type Page<T> = { 
/**
 * The rows of this page.
 */
items: Array<T>, 
/**
 * How many rows the whole list has, exactly.
 */
total: number, 
/**
 * Hand this back to get the next page; none on the last.
 */
next: string | null, };

export type PauseBulk = { 
/**
 * The run.
 */
id: string, };

export type PauseChannel = { 
/**
 * Which: `ch_…` or its name.
 */
id: string, };

export type PauseEndpoint = { 
/**
 * Which: `ep_…`.
 */
id: string, };

export type PauseMailRun = { 
/**
 * The run.
 */
id: string, };

export type PaymentActions = { 
/**
 * Money can go back.
 */
refund: boolean, 
/**
 * Authorised money can be taken.
 */
capture: boolean, 
/**
 * Authorised money can be let go.
 */
cancel: boolean, };

export type PaymentCount = { 
/**
 * How many payments; at least so many where it is not exact.
 */
payments: number, 
/**
 * By currency, most payments first. Currencies are never added together.
 */
totals: Array<CurrencyCount>, 
/**
 * Whether all of history was counted.
 */
exact: boolean, 
/**
 * Down to when everything was counted, where it is not exact.
 */
looked_back_to: string | null, };

export type PaymentDetail = { 
/**
 * The payer's intention behind it, where it is mirrored.
 */
intention: PaymentIntentView | null, 
/**
 * Its refunds and our intents for it, newest first.
 */
refunds: Array<RefundView>, 
/**
 * Its disputes.
 */
disputes: Array<DisputeView>, 
/**
 * Everything that happened, oldest first.
 */
timeline: Array<TimelineEntry>, 
/**
 * Its page at the vendor.
 */
vendor_url: string | null, 
/**
 * What can be done with it now.
 */
actions: PaymentActions, 
/**
 * The vendor's id, such as `ch_…`.
 */
id: string, 
/**
 * Our own id, such as `pay_…`.
 */
own_id: string, 
/**
 * Label of the account.
 */
account: string, 
/**
 * The vendor.
 */
vendor: string, 
/**
 * The vendor's id of the payer's intention.
 */
payment_intent: string | null, 
/**
 * What was asked for.
 */
amount: Money, 
/**
 * What was taken.
 */
captured: Money, 
/**
 * What went back, as the vendor counts it.
 */
refunded: Money, 
/**
 * What the payer saw, where that differs.
 */
presentment: Money | null, 
/**
 * How far it came: `succeeded pending failed uncaptured canceled`, or a newer word.
 */
status: string, 
/**
 * The one word for the list: a status, or `refunded`, `partially_refunded`, `disputed`.
 */
state: string, 
/**
 * Whether the payer's bank disputes it, or did.
 */
disputed: boolean, 
/**
 * When the vendor made it.
 */
created: string, 
/**
 * The vendor's id of the customer.
 */
customer: string | null, 
/**
 * The payer's email.
 */
email: string | null, 
/**
 * The payer's name.
 */
name: string | null, 
/**
 * What it is for.
 */
description: string | null, 
/**
 * What stands on the payer's statement.
 */
statement_descriptor: string | null, 
/**
 * Number of the vendor's receipt.
 */
receipt_number: string | null, 
/**
 * `card`, `sepa_debit` …
 */
method: string | null, 
/**
 * The card, where one was used.
 */
card: CardView | null, 
/**
 * The vendor's code for why it failed.
 */
failure_code: string | null, 
/**
 * The vendor's sentence for why it failed.
 */
failure_message: string | null, 
/**
 * The bank's finer reason.
 */
decline_reason: string | null, 
/**
 * The vendor's risk level.
 */
risk_level: string | null, 
/**
 * The seller's own words, such as an order id.
 */
metadata: { [key in string]: string }, 
/**
 * When the vendor stated all this.
 */
as_of: string, };

export type PaymentIntentView = { 
/**
 * The vendor's id, such as `pi_…`.
 */
id: string, 
/**
 * Label of the account.
 */
account: string, 
/**
 * What is to be paid.
 */
amount: Money, 
/**
 * What was received.
 */
received: Money, 
/**
 * What could be captured now.
 */
capturable: Money, 
/**
 * How far it came.
 */
status: string, 
/**
 * When the vendor made it.
 */
created: string, 
/**
 * The vendor's id of the customer.
 */
customer: string | null, 
/**
 * The vendor's id of the latest payment made for it.
 */
payment: string | null, 
/**
 * What it is for.
 */
description: string | null, };

export type PaymentView = { 
/**
 * The vendor's id, such as `ch_…`.
 */
id: string, 
/**
 * Our own id, such as `pay_…`.
 */
own_id: string, 
/**
 * Label of the account.
 */
account: string, 
/**
 * The vendor.
 */
vendor: string, 
/**
 * The vendor's id of the payer's intention.
 */
payment_intent: string | null, 
/**
 * What was asked for.
 */
amount: Money, 
/**
 * What was taken.
 */
captured: Money, 
/**
 * What went back, as the vendor counts it.
 */
refunded: Money, 
/**
 * What the payer saw, where that differs.
 */
presentment: Money | null, 
/**
 * How far it came: `succeeded pending failed uncaptured canceled`, or a newer word.
 */
status: string, 
/**
 * The one word for the list: a status, or `refunded`, `partially_refunded`, `disputed`.
 */
state: string, 
/**
 * Whether the payer's bank disputes it, or did.
 */
disputed: boolean, 
/**
 * When the vendor made it.
 */
created: string, 
/**
 * The vendor's id of the customer.
 */
customer: string | null, 
/**
 * The payer's email.
 */
email: string | null, 
/**
 * The payer's name.
 */
name: string | null, 
/**
 * What it is for.
 */
description: string | null, 
/**
 * What stands on the payer's statement.
 */
statement_descriptor: string | null, 
/**
 * Number of the vendor's receipt.
 */
receipt_number: string | null, 
/**
 * `card`, `sepa_debit` …
 */
method: string | null, 
/**
 * The card, where one was used.
 */
card: CardView | null, 
/**
 * The vendor's code for why it failed.
 */
failure_code: string | null, 
/**
 * The vendor's sentence for why it failed.
 */
failure_message: string | null, 
/**
 * The bank's finer reason.
 */
decline_reason: string | null, 
/**
 * The vendor's risk level.
 */
risk_level: string | null, 
/**
 * The seller's own words, such as an order id.
 */
metadata: { [key in string]: string }, 
/**
 * When the vendor stated all this.
 */
as_of: string, };

export type Preflight = { 
/**
 * The payment as the vendor has it now.
 */
payment: PaymentView, 
/**
 * What can still go back.
 */
refundable: Money, 
/**
 * Refunds of it so far, newest first.
 */
earlier: Array<RefundView>, 
/**
 * Open disputes of it.
 */
open_disputes: Array<DisputeView>, 
/**
 * Why no refund can be issued now, as an error code; none when one can.
 */
blocked_by: string | null, 
/**
 * What one person alone may still give back now; none where nothing is limited.
 */
alone: AloneView | null, 
/**
 * Codes of what to think of, such as `fee_not_returned` or `open_inquiry`.
 */
warnings: Array<string>, 
/**
 * The environment the money is in.
 */
environment: Environment, };

export type PreflightRefund = { 
/**
 * `ch_ py_ pi_` or our own id.
 */
payment: string, };

export type PrepareDiagnostics = Record<symbol, never>;

export type PrepareReplies = { 
/**
 * `ch_ py_ pi_ re_` or our own id.
 */
payment: string, 
/**
 * The reply's language, such as `de`; left out, it is the payer's as far as the mirror tells.
 */
language?: string, };

export type PreviewChannel = { 
/**
 * Its kind.
 */
kind: ChannelKind, 
/**
 * Its rules.
 */
rules: ChannelRules, };

export type PreviewMailRun = { 
/**
 * The run.
 */
id: string, };

export type PreviewMessage = { 
/**
 * `email` or `sms`; email when left out.
 */
channel?: string, 
/**
 * The account that would send.
 */
account?: string, 
/**
 * Who an SMS would come from.
 */
from?: string, 
/**
 * Whom it would go to.
 */
to?: string, 
/**
 * The payment that it would be about.
 */
payment?: string, 
/**
 * What it would say.
 */
content: MessageContent, 
/**
 * The language of our words.
 */
language?: string, 
/**
 * The group that its reader could unsubscribe from.
 */
group?: number, 
/**
 * When it would be sent.
 */
send_at?: string, 
/**
 * Whether the vendor is asked if it sends the address anything.
 */
check: boolean, };

export type PreviewedMessage = { 
/**
 * Its type.
 */
type: string, 
/**
 * Whether the channel wants messages of this type.
 */
wanted: boolean, 
/**
 * The body that is sent, or what the desktop shows.
 */
text: string, };

export type ProblemView = { 
/**
 * Code of the error table.
 */
code: string, 
/**
 * The sentence for the operator.
 */
message: string, };

export type ProofCalendar = { 
/**
 * Each account, with its kinds.
 */
accounts: Array<AccountProof>, 
/**
 * Each day, oldest first: the worst of the accounts and kinds that were asked for.
 */
days: Array<ProofDayMark>, 
/**
 * First day of the range; none without any record.
 */
first_day: string | null, 
/**
 * Last day of the range.
 */
last_day: string, 
/**
 * Days that are proven.
 */
green: number, 
/**
 * Days that were not compared to their end, or changed since.
 */
amber: number, 
/**
 * Days with a gap that is being healed.
 */
red: number, 
/**
 * Since when every green day was compared: the oldest of their times.
 */
as_of: string | null, };

export type ProofDayDetail = { 
/**
 * The UTC day.
 */
day: string, 
/**
 * Each account and kind.
 */
rows: Array<ProofDayRow>, 
/**
 * When the mirror's side was counted: now.
 */
counted: string, };

export type ProofDayMark = { 
/**
 * The UTC day.
 */
day: string, 
/**
 * `green`, `amber` or `red`.
 */
state: string, 
/**
 * Whether something was wrong once and was healed.
 */
healed: boolean, };

export type ProofDayRow = { 
/**
 * Label of the account.
 */
account: string, 
/**
 * The kind.
 */
kind: string, 
/**
 * `green`, `amber` or `red`.
 */
state: string, 
/**
 * Why it is not green: `not_checked`, `changed`, `changing`, `unreadable`, `vendor_failed` …
 */
reason: string | null, 
/**
 * What the mirror holds now.
 */
mirror: ProofSide, 
/**
 * What the vendor listed when the day was compared.
 */
vendor: ProofSide | null, 
/**
 * When it was compared, by the vendor's clock.
 */
checked: string | null, 
/**
 * Records that were missing, the last time that something was wrong.
 */
missing: number, 
/**
 * Records that were other than at the vendor.
 */
altered: number, 
/**
 * Records that the vendor does not have.
 */
unknown: number, 
/**
 * When that was found.
 */
found: string | null, 
/**
 * When it was healed.
 */
healed: string | null, };

export type ProofRun = { 
/**
 * Label of the account.
 */
account: string, 
/**
 * `running`, `complete`, `partial` (the day's requests are spent), `failed` or `canceled`.
 */
state: string, 
/**
 * Code of why it failed, from the error table.
 */
problem: string | null, 
/**
 * The vendor's own sentence to it.
 */
problem_detail: string | null, 
/**
 * Days that it compares.
 */
planned: number, 
/**
 * Days that it compared.
 */
compared: number, 
/**
 * Of them, proven ones.
 */
green: number, 
/**
 * Days in which it found something wrong.
 */
gaps: number, 
/**
 * Days that were healed.
 */
healed: number, 
/**
 * Requests that it made.
 */
requests: number, 
/**
 * When it started.
 */
started: string, 
/**
 * When it ended.
 */
ended: string | null, };

export type ProofSide = { 
/**
 * How many.
 */
count: number, 
/**
 * Their amounts, by currency.
 */
sums: Array<ProofSum>, 
/**
 * The digest of their ids and money, in hexadecimal digits.
 */
digest: string, };

export type ProofSum = { 
/**
 * The currency as it stands in the rows.
 */
currency: string, 
/**
 * In minor units.
 */
minor: string, };

export type QueryCompletion = { 
/**
 * An offer takes the place of the characters from here, counted from 0,
 */
from: number, 
/**
 * up to here.
 */
until: number, 
/**
 * The offers, the likeliest first; at most 40.
 */
offers: Array<QueryOffer>, };

export type QueryOffer = { 
/**
 * What takes the place of what is typed: a field word with its colon, or a value.
 */
text: string, 
/**
 * Key of its explanation in the messages of its subject; a value has none.
 */
explanation: string | null, };

export type QuerySubject = "payments" | "events" | "messages";

export type QuietHours = { 
/**
 * When they begin, such as `22:00`.
 */
from: string, 
/**
 * When they end, such as `07:00`.
 */
to: string, 
/**
 * The time zone, such as `Europe/Berlin`.
 */
zone: string, };

export type QuotaView = { 
/**
 * Label of the account.
 */
account: string, 
/**
 * Whether anything is held back. A vendor on this machine is not until it asks for it, and then
 * the next two say nothing.
 */
paced: boolean, 
/**
 * Requests per second that Paydesk allows itself now.
 */
allowed_per_second: number, 
/**
 * Requests that may leave at once now.
 */
left_now: number, 
/**
 * When the vendor last said that it was too much.
 */
last_too_many: string | null, 
/**
 * `closed` (calls go out), `open` (none go out) or `half_open` (one is tried).
 */
breaker: string, 
/**
 * When an open breaker lets one call try again.
 */
breaker_next_try: string | null, 
/**
 * Each endpoint that was called.
 */
endpoints: Array<EndpointQuotaView>, };

export type Quotas = { 
/**
 * One per account that was called since the Desk started.
 */
accounts: Array<QuotaView>, };

export type ReadBulk = { 
/**
 * The file.
 */
origin: BulkOrigin, 
/**
 * Of a spreadsheet this sheet; the first with anything in it when left out.
 */
sheet?: string, };

export type ReadLog = { 
/**
 * Only lines of this level or a graver one.
 */
level?: LogLevel, 
/**
 * Only lines with this text, capital or not.
 */
text?: string, 
/**
 * Which page.
 */
range: ListRange, };

export type ReadMailList = { 
/**
 * The list.
 */
origin: BulkOrigin, 
/**
 * Of a spreadsheet this sheet.
 */
sheet?: string, };

export type ReadsView = { 
/**
 * Whether the vendor counts at all; a vendor on this machine does not.
 */
counted: boolean, 
/**
 * Reads of today.
 */
today: number, 
/**
 * Of today's reads, those of the proof.
 */
proof_today: number, 
/**
 * Reads of this month.
 */
this_month: number, 
/**
 * Reads that the vendor allows this month.
 */
allowance: number, 
/**
 * How often the event feed is asked, as follows from what is left.
 */
poll_every_ms: number, };

export type ReceivedDetail = { 
/**
 * What became of it.
 */
request: ReceivedEventView, 
/**
 * The HTTP method.
 */
method: string, 
/**
 * The path without its token.
 */
path: string, 
/**
 * Names and values, in their order.
 */
headers: Array<[string, string]>, 
/**
 * How long the body was.
 */
body_bytes: number, 
/**
 * The scheme that its signature was checked by.
 */
scheme: string, 
/**
 * When it says that it was signed, where the scheme tells.
 */
signed_at: string | null, };

export type ReceivedEventView = { 
/**
 * Its number, as `show_event` takes it: `in_17`.
 */
received_id: string, 
/**
 * Label of the account.
 */
account: string, 
/**
 * When it came.
 */
received: string, 
/**
 * What the check of its signature found: `verified`, `verified_in_part` or `refused`.
 */
verdict: string, 
/**
 * What became of it: `waiting`, `applied`, `known`, `kept` or `apart`.
 */
state: string, 
/**
 * Why it was refused or is kept apart, as a word.
 */
reason: string | null, 
/**
 * The vendor's id of the event, where it could be read and is the only one.
 */
event: string | null, 
/**
 * How many events it brought, where they were several; else 0.
 */
several: number, 
/**
 * The vendor's word for what happened.
 */
type: string | null, 
/**
 * Id of what it is about, where that is told.
 */
object_id: string | null, 
/**
 * Whether what is kept is byte for byte what came.
 */
replayable: boolean, };

export type RecordReceived = { 
/**
 * Its number, `in_17`.
 */
received_id: string, };

export type RecordedLine = { 
/**
 * The recorded request as JSON; none where what is kept is not what came.
 */
line: string | null, };

export type RefundAmount = { "choice": "all" } | { "choice": "exactly", 
/**
 * The amount as typed.
 */
amount: string, };

export type RefundCounts = { 
/**
 * Each state that has some.
 */
states: Array<StateCount>, };

export type RefundLimitsView = { 
/**
 * The currency's three letters.
 */
currency: string, 
/**
 * By one refund.
 */
per_refund: Money | null, 
/**
 * By all refunds of 24 hours.
 */
per_day: Money | null, 
/**
 * By all refunds of 24 hours that one person decided.
 */
per_person: Money | null, };

export type RefundNoticeView = { 
/**
 * The vendor's id of the payment.
 */
payment: string | null, 
/**
 * The vendor's id of the refund.
 */
refund: string | null, 
/**
 * Why.
 */
reason: string | null, 
/**
 * When the refund settled.
 */
created: string, };

export type RefundNoticesView = { 
/**
 * Label of the account of the refunds.
 */
account: string, 
/**
 * Whether they do.
 */
on: boolean, 
/**
 * `email` or `sms`.
 */
channel: string, 
/**
 * Label of the account that sends; none where none was chosen or it is gone.
 */
by: string | null, 
/**
 * The vendor's id of the template; none for our own words.
 */
template: string | null, 
/**
 * The language of our own words; none for the customer's.
 */
language: string | null, 
/**
 * How many wait to be sent.
 */
waiting: number, 
/**
 * The newest that nobody got.
 */
not_sent: Array<RefundNoticeView>, };

export type RefundView = { 
/**
 * What was decided: `refund`, `cancel_refund`, `capture` …
 */
kind: string, 
/**
 * The vendor's id of the payment.
 */
payment: string | null, 
/**
 * State of the intent; none when it was issued elsewhere.
 */
state: string | null, 
/**
 * The vendor's status of the refund, once there is one.
 */
refund_status: string | null, 
/**
 * The vendor's id of the refund, once there is one.
 */
refund_id: string | null, 
/**
 * Our own id of the intent.
 */
intent_id: string | null, 
/**
 * How much; none where the intent moves no amount of its own.
 */
amount: Money | null, 
/**
 * Label of the account.
 */
account: string, 
/**
 * Why.
 */
reason: string | null, 
/**
 * The internal note; it stays on this machine.
 */
note: string | null, 
/**
 * When it was decided, or when the vendor made it.
 */
created: string, 
/**
 * When anything about it last changed.
 */
updated: string, 
/**
 * When Paydesk tries again by itself.
 */
next_try: string | null, 
/**
 * Why it is pending, in the vendor's word.
 */
pending_reason: string | null, 
/**
 * Why it failed, in the vendor's word.
 */
failure_reason: string | null, 
/**
 * The bank's reference to trace it by.
 */
trace_reference: string | null, 
/**
 * Code of what went wrong last, from the error table.
 */
problem: string | null, 
/**
 * The vendor's own sentence to it.
 */
problem_detail: string | null, 
/**
 * When its undo window ends and it leaves, while it waits.
 */
release_at: string | null, 
/**
 * Whether it can be taken back because it never left.
 */
can_withdraw: boolean, 
/**
 * Whether it can be sent now because it never left.
 */
can_send: boolean, 
/**
 * Whether it can still be stopped, and where: `here` before it left, `by_payer` while the payer must act,
 * `in_review` and `at_vendor` in the vendor's dashboard, `not_known` while it may be there, `no`.
 */
stoppable: string, 
/**
 * The payment's page in the vendor's dashboard; a sandbox has none.
 */
vendor_url: string | null, 
/**
 * Whether a person may close it: it needs one, and a look found nothing at the vendor.
 */
can_close: boolean, 
/**
 * Who else agreed to it, by the name that they have here.
 */
approved_by: string | null, 
/**
 * The approval that it was decided with.
 */
approval: string | null, 
/**
 * Whether it answers a wish that was made before, by another request, and whose end nobody was
 * shown: nothing new was sent for this one.
 */
repeated: boolean, };

export type RekeyMirror = { 
/**
 * The new key, 64 hexadecimal digits. Needed with the environment vault, which keeps nothing;
 * made at random and kept in the vault otherwise.
 */
new_key?: SecretText, };

export type RekeyedView = { 
/**
 * The environments whose files have the new key now.
 */
environments: Array<Environment>, 
/**
 * Whether the caller must set the new key in `PAYDESK_MIRROR_KEY` from now on.
 */
caller_keeps_key: boolean, };

export type ReleaseIntent = { 
/**
 * The intent.
 */
intent_id: string, 
/**
 * Answer at the latest after so many milliseconds, 30,000 when left out.
 */
wait_ms?: number, };

export type RemoveAccount = { 
/**
 * The account's label.
 */
label: string, };

export type RemoveChannel = { 
/**
 * Which: `ch_…` or its name.
 */
id: string, };

export type RemoveEndpoint = { 
/**
 * Which: `ep_…`.
 */
id: string, };

export type RemoveHook = { 
/**
 * The account or source, by label.
 */
account: string, 
/**
 * Forget the source with all that came from it.
 */
forget: boolean, };

export type RemoveTextTemplate = { 
/**
 * Its name.
 */
name: string, };

export type RemoveView = { 
/**
 * Its name.
 */
name: string, };

export type RenameAccount = { 
/**
 * The label it has.
 */
label: string, 
/**
 * The label it gets.
 */
new_label: string, };

export type RenameView = { 
/**
 * Its name now.
 */
name: string, 
/**
 * Its new name.
 */
to: string, };

export type RenderedView = { 
/**
 * The subject.
 */
subject: string, 
/**
 * The plain text.
 */
text: string, 
/**
 * The HTML.
 */
html: string, 
/**
 * Names that the template writes out and that the data does not have.
 */
missing: Array<string>, 
/**
 * Helpers that the vendor does not document.
 */
unknown_helpers: Array<string>, };

export type ReplaySource = { "replay": "events", 
/**
 * Such as `evt_…` or `in_17`.
 */
ids: Array<string>, } | { "replay": "query", 
/**
 * The search.
 */
query: string, } | { "replay": "failed_since", 
/**
 * From when on.
 */
since: string, 
/**
 * Only those to this endpoint.
 */
endpoint: string | null, };

export type ReplayState = "preparing" | "running" | "done" | "canceled";

export type ReplayView = { 
/**
 * Our own id, `rp_…`.
 */
id: string, 
/**
 * How far it is.
 */
state: ReplayState, 
/**
 * Which events.
 */
source: ReplaySource, 
/**
 * The endpoint's id.
 */
endpoint: string, 
/**
 * Where it is.
 */
url: string, 
/**
 * How the endpoint stands: one that is paused or has stopped takes nothing.
 */
endpoint_state: EndpointState, 
/**
 * Where the secret is that it is signed with.
 */
secret_location: string, 
/**
 * Whether the secret that was offered was taken.
 */
took_offered: boolean, 
/**
 * Most requests a second.
 */
rate_per_second: number, 
/**
 * Events found so far.
 */
total: number, 
/**
 * Those that wait or are being sent.
 */
waiting: number, 
/**
 * Those that were taken.
 */
delivered: number, 
/**
 * Those that were not.
 */
failed: number, 
/**
 * Those that were taken back.
 */
canceled: number, 
/**
 * Found ones that cannot be sent, since what is kept of them is not what the vendor sent.
 */
left_out: number, 
/**
 * How many ended a second, once known.
 */
ended_per_second: number | null, 
/**
 * Estimate of what is left, once there is a base for one.
 */
remaining_ms: number | null, 
/**
 * When it was begun.
 */
started: string, 
/**
 * When it came to its end.
 */
ended: string | null, 
/**
 * Why its events could not be looked up to their end, where that ended it.
 */
problem: ErrorBody | null, };

export type Replies = { 
/**
 * The vendor's id of the payment.
 */
payment: string, 
/**
 * Label of the account.
 */
account: string, 
/**
 * The language of the replies.
 */
language: string, 
/**
 * Why it is that one: `asked`, `customer`, `card_country` or `default`.
 */
language_from: string, 
/**
 * All languages that there are.
 */
languages: Array<string>, 
/**
 * One answer for each question.
 */
cards: Array<AnswerCard>, 
/**
 * As of when the vendor stated the payment.
 */
as_of: string, 
/**
 * The environment of the payment.
 */
environment: Environment, };

export type ResendEvent = { 
/**
 * The vendor's id of the event.
 */
id: string, 
/**
 * The vendor's id of its endpoint, `we_…`; the only one that is on when left out.
 */
endpoint?: string, };

export type ResentEvent = { 
/**
 * The vendor's id of the event.
 */
id: string, 
/**
 * The vendor's id of its endpoint.
 */
endpoint: string, 
/**
 * The endpoint's address.
 */
url: string, };

export type RestoreMirror = { 
/**
 * The whole path of the copy.
 */
from: string, };

export type RestoredView = { 
/**
 * Where the file that was there is kept.
 */
kept: string | null, 
/**
 * Refunds and other intents that are open: looked for at the vendor, never sent again.
 */
held_intents: number, 
/**
 * Intents that were taken over from the file that was there; none where it could not be read.
 */
carried_intents: number | null, 
/**
 * People who had been erased since and were erased from the copy again.
 */
erased_again: number, };

export type ResumeChannel = { 
/**
 * Which: `ch_…` or its name.
 */
id: string, };

export type ResumeEndpoint = { 
/**
 * Which: `ep_…`.
 */
id: string, };

export type ResumeReplay = { 
/**
 * Which: `rp_…`.
 */
id: string, };

export type RightView = { 
/**
 * What, such as `read payments` or `write refunds`.
 */
right: string, 
/**
 * What it is called where keys are made at the vendor.
 */
permission: string, 
/**
 * `allowed`, `denied`, `not_offered` or `unknown_until_first_use`.
 */
answer: string, };

export type RunBulk = { 
/**
 * The run.
 */
id: string, 
/**
 * What is to be sent, in the words of `BulkRunView.total`: nothing is sent where it is another sum by now.
 */
total: string, 
/**
 * Go on with a run that was begun before.
 */
resume: boolean, 
/**
 * The ticket that it is for, for the book.
 */
ticket?: string, 
/**
 * The id of the approval that it begins under, of exactly these rows; `total` is what they come to then.
 */
approval?: string, };

export type RunMail = { 
/**
 * The run.
 */
id: string, 
/**
 * How many get one, as `MailRunView.to_send` said: nothing is sent where it is another number by now.
 */
recipients: number, 
/**
 * Go on with a run that was begun before.
 */
resume: boolean, };

export type RunProof = { 
/**
 * Only this account, by label; all of the scope when left out.
 */
account?: string, 
/**
 * From this UTC day on; the first of the mirror when left out.
 */
from?: string, 
/**
 * Up to and with this UTC day; today when left out.
 */
until?: string, 
/**
 * Answer only when it ended; otherwise at once.
 */
wait: boolean, };

export type RunSql = { 
/**
 * One statement that begins with SELECT, WITH or VALUES.
 */
text: string, 
/**
 * At most so many rows, 1 to 10,000; 500 when left out.
 */
limit?: number, 
/**
 * Stop after so many seconds, 1 to 60; 5 when left out.
 */
seconds?: number, };

export type Said = { 
/**
 * What it is, such as `state`, `note` or `query`.
 */
name: string, 
/**
 * Its value.
 */
value: string, };

export type SandboxMessage = { 
/**
 * In whose place: `slack`, `pagerduty` or `email`.
 */
vendor: ChannelKind, 
/**
 * When, by the sandbox's clock.
 */
at: string, 
/**
 * What it answered.
 */
status: number, 
/**
 * The body, with the routing key hidden.
 */
body: string, };

export type SaveDiagnostics = { 
/**
 * Which text.
 */
digest: string, 
/**
 * The file to write, which must not exist.
 */
to: string, };

export type SaveTextTemplate = { 
/**
 * Its name; 1 to 64 characters.
 */
name: string, 
/**
 * Its text, with names to be filled in as `{{name}}`.
 */
text: string, };

export type SaveView = { 
/**
 * The name, 1 to 60 characters; case makes no difference between names.
 */
name: string, 
/**
 * What is searched.
 */
of: QuerySubject, 
/**
 * The search.
 */
query: string, 
/**
 * Whether something is said when it gains a payment; refused of a view of events.
 */
notify: boolean, 
/**
 * Refuse where there is a view of that name already.
 */
only_new: boolean, };

export type SavedPaymentMethodView = { 
/**
 * The vendor's id, such as `pm_…`.
 */
id: string, 
/**
 * `card`, `sepa_debit` …
 */
method: string, 
/**
 * The card, where it is one.
 */
card: CardView | null, 
/**
 * When the vendor made it.
 */
created: string, };

export type SavedViewView = { 
/**
 * Its name.
 */
name: string, 
/**
 * What it searches.
 */
of: QuerySubject, 
/**
 * The search.
 */
query: string, 
/**
 * Whether something is said when it gains a payment.
 */
notify: boolean, 
/**
 * How many payments or events it holds, once counted.
 */
count: number | null, 
/**
 * Whether that is all of them: counting has a limit of time.
 */
count_exact: boolean, 
/**
 * When they were counted.
 */
counted: string | null, 
/**
 * Why the search cannot be carried out any more, as a code of the error table.
 */
problem: string | null, };

export type SecretText = string;

export type SendMessage = { 
/**
 * Made by the shell when the dialog opens or the command starts.
 */
request_id: string, 
/**
 * `email` or `sms`; email when left out.
 */
channel?: string, 
/**
 * The account that sends; the only one that can when left out.
 */
account?: string, 
/**
 * Who an SMS comes from: a number, a name or a messaging service; the account's sender when left out.
 */
from?: string, 
/**
 * Whom it goes to; the payer of the payment when left out.
 */
to?: string, 
/**
 * The payment that it is about.
 */
payment?: string, 
/**
 * What it says.
 */
content: MessageContent, 
/**
 * The language of our words, such as `de`; the customer's when left out.
 */
language?: string, 
/**
 * The group that its reader can unsubscribe from.
 */
group?: number, 
/**
 * When it is sent; at once when left out. At most 72 hours ahead.
 */
send_at?: string, };

export type SenderView = { 
/**
 * Its address.
 */
email: string, 
/**
 * Its name.
 */
name: string | null, 
/**
 * Whether whoever owns the address said yes.
 */
verified: boolean, };

export type SetMailSettings = { 
/**
 * The account.
 */
label: string, 
/**
 * Who mail comes from: a sender that the vendor has verified.
 */
from?: string, 
/**
 * The sender's name.
 */
from_name?: string, 
/**
 * An address, or a domain that begins with an `@`, that gets real mail outside live.
 */
allow?: string, 
/**
 * One that does so no more.
 */
disallow?: string, 
/**
 * Whether what is sent is kept.
 */
keep_bodies?: boolean, 
/**
 * Whether opens and clicks are counted.
 */
tracking?: boolean, };

export type SetMyName = { 
/**
 * The name; empty takes it away.
 */
name: string, };

export type SetRefundLimits = { 
/**
 * The account.
 */
label: string, 
/**
 * The currency's three letters.
 */
currency: string, 
/**
 * By one refund, in major units; no limit when left out.
 */
per_refund?: string, 
/**
 * By all refunds of 24 hours.
 */
per_day?: string, 
/**
 * By all refunds of 24 hours that one person decided.
 */
per_person?: string, };

export type SetRefundNotices = { 
/**
 * The account of the refunds.
 */
label: string, 
/**
 * Whether they do.
 */
on?: boolean, 
/**
 * `email` or `sms`.
 */
channel?: string, 
/**
 * Label of the account that sends; the only one that can when none was chosen.
 */
by?: string, 
/**
 * The vendor's id of a template, or nothing for our own words.
 */
template?: string, 
/**
 * The language of our own words, such as `de`, or nothing for the customer's.
 */
language?: string, };

export type SetReportingZone = { 
/**
 * The account's label.
 */
label: string, 
/**
 * Its name in the IANA database, such as `Europe/Zurich` or `UTC`.
 */
zone: string, };

export type SetTelemetry = { 
/**
 * The address of the receiver, such as `http://localhost:4318`; none switches it off.
 */
address?: string, };

export type SetUndoWindow = { 
/**
 * Seconds, 0 to 60.
 */
seconds: number, };

export type SetUnlockPassphrase = { 
/**
 * The one until now; needed where there is one.
 */
current?: SecretText, 
/**
 * The new one, of ten characters at least.
 */
new: SecretText, };

export type SetWriteKey = { 
/**
 * The account's label.
 */
label: string, 
/**
 * The key, as text or by the name of a variable.
 */
key?: KeySource, };

export type SettleRefunds = { 
/**
 * Only this intent.
 */
intent_id?: string, 
/**
 * Answer at the latest after so many milliseconds, 30,000 when left out.
 */
wait_ms?: number, };

export type Shell = "window" | "command";

export type Show = { 
/**
 * The id.
 */
id: string, };

export type ShowBulkRun = { 
/**
 * The run.
 */
id: string, };

export type ShowCustomer = { 
/**
 * The vendor's id.
 */
id: string, };

export type ShowDelivery = { 
/**
 * Which: `dl_…`.
 */
id: string, };

export type ShowEndpoint = { 
/**
 * Which: `ep_…`.
 */
id: string, };

export type ShowEvent = { 
/**
 * Such as `evt_…` or `in_17`.
 */
id: string, };

export type ShowHome = { 
/**
 * Also try the vault and every file, which takes longer.
 */
thorough: boolean, };

export type ShowMailRun = { 
/**
 * The run.
 */
id: string, };

export type ShowMailSettings = { 
/**
 * The account.
 */
label: string, };

export type ShowMessage = { 
/**
 * Our id of it.
 */
id: string, };

export type ShowMissed = { 
/**
 * Only this account, by label.
 */
account?: string, 
/**
 * Since this moment, besides the times that the Desk knows it was away.
 */
since?: string, };

export type ShowMyKey = { 
/**
 * A file to write the public key into, which must not exist; `~/` stands for the person's own folder.
 */
to?: string, };

export type ShowOverview = { 
/**
 * 1 to 366; 30 when left out.
 */
days?: number, 
/**
 * Only this account, by label.
 */
account?: string, };

export type ShowProof = { 
/**
 * Only this account, by label.
 */
account?: string, 
/**
 * Only this kind; the worst of all kinds when left out.
 */
kind?: string, 
/**
 * From this UTC day on, such as `2026-11-01`; the first of the mirror when left out.
 */
from?: string, 
/**
 * Up to and with this UTC day; today when left out.
 */
until?: string, };

export type ShowProofDay = { 
/**
 * The UTC day.
 */
day: string, 
/**
 * Only this account, by label.
 */
account?: string, };

export type ShowQuota = Record<symbol, never>;

export type ShowRefundNotices = { 
/**
 * The account of the refunds.
 */
label: string, };

export type ShowReplay = { 
/**
 * Which: `rp_…`.
 */
id: string, };

export type ShowSync = Record<symbol, never>;

export type ShowTelemetry = Record<symbol, never>;

export type ShowTemplate = { 
/**
 * The account.
 */
account?: string, 
/**
 * The vendor's id of the template.
 */
id: string, 
/**
 * The payment whose data is filled in.
 */
payment?: string, 
/**
 * What else is filled in: a JSON object, as text. It goes before what the payment tells.
 */
data?: string, 
/**
 * Ask the vendor now.
 */
fresh: boolean, };

export type ShowThread = { 
/**
 * Our id of the message.
 */
id: string, };

export type Shown = { "object": "payment" } & PaymentDetail | { "object": "payment_intent" } & PaymentIntentView | { "object": "customer" } & CustomerDetail;

export type SignerView = { 
/**
 * The name that their key has here; else the one that they state, which proves nothing.
 */
name: string, 
/**
 * The operating system's name that they state.
 */
system_user: string, 
/**
 * The fingerprint of the key.
 */
fingerprint: string, 
/**
 * Whether it is the key of this vault.
 */
me: boolean, 
/**
 * Whether the key is trusted here.
 */
trusted: boolean, };

export type SmsSizeView = { 
/**
 * `gsm7`, or `ucs2` where a character is not in the 7-bit alphabet.
 */
encoding: string, 
/**
 * Its length as the vendor limits it, to 1,600.
 */
characters: number, 
/**
 * How many messages it is, each of which is paid.
 */
segments: number, 
/**
 * How much more fits into the last of them.
 */
left: number, 
/**
 * The first character that is not in the 7-bit alphabet.
 */
forced_by: string | null, 
/**
 * Its place in the text, from 1.
 */
forced_at: number | null, };

export type SqlAnswer = { 
/**
 * Names of the columns.
 */
columns: Array<string>, 
/**
 * The rows.
 */
rows: Array<Array<SqlCell>>, 
/**
 * Whether there are more rows than the limit, or than fit into 8 MB.
 */
more: boolean, };

export type SqlCell = { "type": "null" } | { "type": "integer", "value": string } | { "type": "real", "value": string } | { "type": "text", "value": string };

export type SqlView = { 
/**
 * Its name, such as `v_payments`.
 */
name: string, 
/**
 * Its columns, in order.
 */
columns: Array<string>, };

export type SqlViews = { 
/**
 * By name.
 */
items: Array<SqlView>, };

export type StartExport = { 
/**
 * Which rows.
 */
source: ExportSource, 
/**
 * Only those of this account, by label.
 */
account?: string, 
/**
 * As what.
 */
format: ExportFormat, 
/**
 * The file, from the root or from `~/`.
 */
path: string, 
/**
 * Whether a file that is there may be replaced.
 */
overwrite: boolean, 
/**
 * Answer only when it ended, and with its error where it failed; otherwise at once.
 */
wait: boolean, };

export type StartReplay = { 
/**
 * Which events.
 */
source: ReplaySource, 
/**
 * An endpoint, `ep_…`, or an address on this machine.
 */
to: string, 
/**
 * For an address: how to sign.
 */
scheme: EndpointScheme, 
/**
 * For an address: the secret to sign with.
 */
secret?: KeySource, 
/**
 * For an address: a secret that the shell made, taken where none was given.
 */
offered_secret?: SecretText, 
/**
 * Most requests a second, 1 to 1,000; the endpoint's when left out.
 */
rate_per_second?: number, };

export type StartSync = { 
/**
 * Only this account, by label; all of the scope when left out.
 */
account?: string, 
/**
 * Answer only when it ended; otherwise at once.
 */
wait: boolean, };

export type StateCount = { 
/**
 * The state.
 */
state: string, 
/**
 * How many.
 */
count: number, };

export type SuppressionList = { 
/**
 * Label of the account.
 */
account: string, 
/**
 * The page.
 */
items: Array<SuppressionView>, 
/**
 * How many there are.
 */
total: number, 
/**
 * Where the next page starts.
 */
next: string | null, 
/**
 * When the vendor listed them.
 */
as_of: string, };

export type SuppressionView = { 
/**
 * `bounce`, `block`, `spam_report`, `invalid`, `unsubscribed` or `group_unsubscribed`.
 */
kind: string, 
/**
 * The address.
 */
email: string, 
/**
 * The group that its owner left.
 */
group: number | null, 
/**
 * Why, in the receiving side's words.
 */
reason: string | null, 
/**
 * Since when, where the vendor tells it.
 */
since: string | null, 
/**
 * Whether the vendor would drop a message to it; a block alone drops nothing.
 */
drops: boolean, };

export type SyncKindView = { 
/**
 * `payments`, `refunds` …
 */
kind: string, 
/**
 * `waiting`, `loading`, `complete`, `not_offered`, `not_allowed` or `failed`.
 */
state: string, 
/**
 * Rows in the mirror.
 */
rows: number, 
/**
 * Rows that could not be read and were kept apart.
 */
skipped: number, 
/**
 * Rows that the list probably still has, once there is a base for a guess.
 */
left: number | null, 
/**
 * Rows per second in this run, once known.
 */
rows_per_second: number | null, 
/**
 * Estimate of what is left, once there is a base for one.
 */
remaining_ms: number | null, 
/**
 * As of when it is complete.
 */
as_of: string | null, };

export type SyncMessages = { 
/**
 * The account; the only one that sends SMS when left out.
 */
account?: string, };

export type SyncView = { 
/**
 * Label of the account.
 */
account: string, 
/**
 * Whether a sync runs now.
 */
running: boolean, 
/**
 * `never`, `loading`, `complete`, `failed`, `canceled` or `paused`.
 */
state: string, 
/**
 * Code of why it failed last, from the error table.
 */
problem: string | null, 
/**
 * The vendor's own sentence to it.
 */
problem_detail: string | null, 
/**
 * As of when every kind is complete.
 */
as_of: string | null, 
/**
 * Rows written or seen again in this run.
 */
rows_this_run: number, 
/**
 * Requests that left for this account while the run went on.
 */
requests_this_run: number, 
/**
 * Of them, those that the vendor answered with `429`: too many.
 */
too_many_this_run: number, 
/**
 * How long this run took so far, or in all.
 */
duration_ms: number, 
/**
 * Each kind.
 */
kinds: Array<SyncKindView>, 
/**
 * The last times that the mirror was behind and was brought up to date, newest first.
 */
caught_up: Array<CatchUpView>, 
/**
 * What is left of the reads that the vendor allows.
 */
reads: ReadsView, };

export type Tag = "home" | "accounts" | "sync" | "payments" | "customers" | "refunds" | "calls" | "proof" | "views" | "exports" | "book" | "approvals" | "bulk" | "events" | "endpoints" | "deliveries" | "messages" | "mail_runs" | "mail_lists" | "channels" | "diagnostics";

export type TakeApproval = { 
/**
 * The answer's file.
 */
file: ApprovalFile, };

export type TakeBackMessage = { 
/**
 * Our id of it.
 */
id: string, };

export type TakeDesktopMessages = Record<symbol, never>;

export type TakeGainedViews = Record<symbol, never>;

export type TelemetryView = { 
/**
 * Where figures are sent; none while it is off.
 */
address: string | null, 
/**
 * When they were last taken, since the Desk started.
 */
taken_at: string | null, 
/**
 * Why they were not taken the last time.
 */
problem: string | null, };

export type TemplateDetail = { 
/**
 * The template.
 */
template: TemplateView, 
/**
 * What it comes to; none where it cannot be rendered.
 */
rendered: RenderedView | null, 
/**
 * Why it cannot be rendered.
 */
problem: string | null, 
/**
 * What was filled in, as JSON.
 */
data: string, 
/**
 * When the vendor showed it.
 */
as_of: string, };

export type TemplateList = { 
/**
 * Label of the account.
 */
account: string, 
/**
 * The templates, in the vendor's order.
 */
items: Array<TemplateView>, 
/**
 * When the vendor listed them.
 */
as_of: string, };

export type TemplateView = { 
/**
 * The vendor's id.
 */
id: string, 
/**
 * Its name.
 */
name: string, 
/**
 * The subject of the version that is sent; none where none is.
 */
subject: string | null, 
/**
 * When it changed, in the vendor's words.
 */
updated: string | null, };

export type TestChannel = { 
/**
 * Which: `ch_…` or its name.
 */
id: string, };

export type TextTemplateView = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its text.
 */
text: string, 
/**
 * The names that it fills in.
 */
names: Array<string>, 
/**
 * When it was changed last.
 */
updated: string, };

export type ThreadMessage = { 
/**
 * The message.
 */
message: MessageView, 
/**
 * What it said, where that is kept.
 */
body: string | null, };

export type ThreadView = { 
/**
 * Its newest messages, oldest first.
 */
items: Array<ThreadMessage>, 
/**
 * There are older ones.
 */
left_out: boolean, };

export type TickBulkRows = { 
/**
 * The run.
 */
id: string, 
/**
 * Which rows.
 */
which: BulkTicking, 
/**
 * Whether they are meant to be sent.
 */
ticked: boolean, };

export type TimelineEntry = { 
/**
 * When.
 */
at: string, 
/**
 * `payment`, `refund`, `dispute`, `event`, `intent` or `message`.
 */
sort: string, 
/**
 * What happened, as a code for the message files, such as `payment_succeeded`; for an event
 * the vendor's own word.
 */
what: string, 
/**
 * The id of the thing.
 */
id: string, 
/**
 * How much, where money is concerned.
 */
amount: Money | null, 
/**
 * A word more, such as a status or a reason.
 */
detail: string | null, };

export type TouchEndpoint = { 
/**
 * Which: `ep_…`.
 */
id: string, };

export type TouchUnlock = Record<symbol, never>;

export type TriggerEvent = { 
/**
 * The type, such as `charge.refunded`.
 */
event_type: string, 
/**
 * At this account, by label; the only one when left out.
 */
account?: string, };

export type TriggerStep = { 
/**
 * Such as `POST /v1/refunds`.
 */
call: string, 
/**
 * Status of the answer.
 */
status: number, 
/**
 * Id of what it made or changed.
 */
id: string | null, };

export type Triggered = { 
/**
 * The type that was asked for.
 */
event_type: string, 
/**
 * Label of the account.
 */
account: string, 
/**
 * What was done for it, in order.
 */
steps: Array<TriggerStep>, 
/**
 * The vendor's id of the event.
 */
event: string | null, };

export type TrustApprover = { 
/**
 * The key, or the path of a file that holds it.
 */
key: string, 
/**
 * The name that they get here.
 */
name: string, 
/**
 * The passphrase, where one is asked for.
 */
passphrase?: SecretText, };

export type TypeCount = { 
/**
 * The vendor's word.
 */
type: string, 
/**
 * How many.
 */
events: number, };

export type UndoWindow = { 
/**
 * Seconds, 0 to 60.
 */
seconds: number, };

export type UnlinkMessage = { 
/**
 * Our id of it.
 */
id: string, };

export type UnlockBy = "system" | "passphrase" | "not_set_up" | "label";

export type UnlockWrites = { 
/**
 * The account's label, exactly.
 */
label: string, 
/**
 * For so many seconds, at most 3,600; 600 when left out.
 */
seconds?: number, 
/**
 * For so many actions, at most 1,000; as many as the time allows when left out.
 */
actions?: number, 
/**
 * The passphrase, where one is asked for.
 */
passphrase?: SecretText, 
/**
 * For the one action of the command that follows: nothing is kept beyond it.
 */
one_command: boolean, };

export type VaultView = { 
/**
 * `keychain`, `passphrase` or `environment`.
 */
kind: string, 
/**
 * Whether it answered when it was last needed.
 */
available: boolean, };

export type VerifyBook = { 
/**
 * The whole path of an exported book: it is followed too, and the book here must hold all of it.
 */
file?: string, };

export type ViewsFile = { 
/**
 * The text.
 */
text: string, 
/**
 * How many views it holds.
 */
views: number, };

export type WhoView = { 
/**
 * As the operating system knows them.
 */
system_user: string, 
/**
 * By the name that they gave; empty where there is none.
 */
name: string, };

export type WithdrawIntent = { 
/**
 * The intent.
 */
intent_id: string, };

export type WriteBulkReceipts = { 
/**
 * The run.
 */
id: string, 
/**
 * The file, from the root or from `~/`.
 */
path: string, 
/**
 * Whether a file that is there may be replaced.
 */
overwrite: boolean, };

export type WriteEvidence = { 
/**
 * `ch_ py_ pi_` or our own id.
 */
payment: string, 
/**
 * The page, which must not exist; `~/` stands for the person's own folder. What belongs to it gets a
 * folder beside it.
 */
to: string, };

export type WriteLock = { 
/**
 * Until when; none while it is locked.
 */
unlocked_until: string | null, 
/**
 * For how many more actions; none where only the time counts.
 */
actions_left: number | null, 
/**
 * For which account, by label.
 */
account: string | null, };

export type WriteOutcome = { 
/**
 * The intent in the journal.
 */
intent_id: string, 
/**
 * Its state.
 */
state: string, 
/**
 * The vendor's id of what was made or changed.
 */
id: string | null, 
/**
 * The vendor's status of it.
 */
status: string | null, 
/**
 * How much, where money is concerned.
 */
amount: Money | null, 
/**
 * Code of what went wrong, from the error table.
 */
problem: string | null, 
/**
 * The vendor's own sentence to it.
 */
problem_detail: string | null, 
/**
 * Whether it answers a wish that was made before, by another request, and whose end nobody was
 * shown: nothing new was sent for this one.
 */
repeated: boolean, };

export interface Endpoints {
  show_home: { request: ShowHome; response: HomeView };
  unlock_writes: { request: UnlockWrites; response: WriteLock };
  lock_writes: { request: LockWrites; response: WriteLock };
  touch_unlock: { request: TouchUnlock; response: WriteLock };
  set_unlock_passphrase: { request: SetUnlockPassphrase; response: Empty };
  list_accounts: { request: ListAccounts; response: Page<AccountView> };
  connect_account: { request: ConnectAccount; response: Connected };
  open_sandbox: { request: OpenSandbox; response: Connected };
  check_account: { request: CheckAccount; response: AccountView };
  rename_account: { request: RenameAccount; response: AccountView };
  set_reporting_zone: { request: SetReportingZone; response: AccountView };
  set_refund_limits: { request: SetRefundLimits; response: AccountView };
  set_write_key: { request: SetWriteKey; response: AccountView };
  remove_account: { request: RemoveAccount; response: Empty };
  start_sync: { request: StartSync; response: Page<SyncView> };
  cancel_sync: { request: CancelSync; response: Page<SyncView> };
  show_sync: { request: ShowSync; response: Page<SyncView> };
  find_payments: { request: FindPayments; response: FoundPayments };
  count_payments: { request: CountPayments; response: PaymentCount };
  complete_query: { request: CompleteQuery; response: QueryCompletion };
  run_sql: { request: RunSql; response: SqlAnswer };
  list_sql_views: { request: ListSqlViews; response: SqlViews };
  show: { request: Show; response: Shown };
  show_customer: { request: ShowCustomer; response: CustomerDetail };
  show_overview: { request: ShowOverview; response: Overview };
  preflight_refund: { request: PreflightRefund; response: Preflight };
  issue_refund: { request: IssueRefund; response: RefundView };
  cancel_refund: { request: CancelRefund; response: RefundView };
  list_refunds: { request: ListRefunds; response: Page<RefundView> };
  settle_refunds: { request: SettleRefunds; response: Page<RefundView> };
  acknowledge_intent: { request: AcknowledgeIntent; response: Empty };
  close_intent: { request: CloseIntent; response: RefundView };
  withdraw_intent: { request: WithdrawIntent; response: RefundView };
  release_intent: { request: ReleaseIntent; response: RefundView };
  count_refunds: { request: CountRefunds; response: RefundCounts };
  set_undo_window: { request: SetUndoWindow; response: UndoWindow };
  show_my_key: { request: ShowMyKey; response: MyKey };
  list_approvers: { request: ListApprovers; response: Page<ApproverView> };
  trust_approver: { request: TrustApprover; response: ApproverView };
  distrust_approver: { request: DistrustApprover; response: ApproverView };
  ask_approval: { request: AskApproval; response: ApprovalView };
  ask_run_approval: { request: AskRunApproval; response: ApprovalView };
  list_approvals: { request: ListApprovals; response: Page<ApprovalView> };
  open_approval: { request: OpenApproval; response: ApprovalView };
  list_approval_rows: { request: ListApprovalRows; response: Page<ApprovalRowView> };
  decide_approval: { request: DecideApproval; response: ApprovalView };
  take_approval: { request: TakeApproval; response: ApprovalView };
  read_bulk: { request: ReadBulk; response: BulkFile };
  import_bulk: { request: ImportBulk; response: BulkRunView };
  list_bulk_runs: { request: ListBulkRuns; response: Page<BulkRunView> };
  show_bulk_run: { request: ShowBulkRun; response: BulkRunView };
  list_bulk_rows: { request: ListBulkRows; response: Page<BulkRowView> };
  tick_bulk_rows: { request: TickBulkRows; response: BulkRunView };
  run_bulk: { request: RunBulk; response: BulkRunView };
  pause_bulk: { request: PauseBulk; response: BulkRunView };
  cancel_bulk: { request: CancelBulk; response: BulkRunView };
  write_bulk_receipts: { request: WriteBulkReceipts; response: BulkReceiptsFile };
  create_payment: { request: CreatePayment; response: WriteOutcome };
  confirm_payment: { request: ConfirmPayment; response: WriteOutcome };
  capture_payment: { request: CapturePayment; response: WriteOutcome };
  cancel_payment: { request: CancelPayment; response: WriteOutcome };
  create_customer: { request: CreateCustomer; response: WriteOutcome };
  show_proof: { request: ShowProof; response: ProofCalendar };
  show_proof_day: { request: ShowProofDay; response: ProofDayDetail };
  run_proof: { request: RunProof; response: Page<ProofRun> };
  cancel_proof: { request: CancelProof; response: Page<ProofRun> };
  check_mirror_file: { request: CheckMirrorFile; response: MirrorFileView };
  backup_mirror: { request: BackupMirror; response: BackupView };
  restore_mirror: { request: RestoreMirror; response: RestoredView };
  rekey_mirror: { request: RekeyMirror; response: RekeyedView };
  erase_customer: { request: EraseCustomer; response: ErasedView };
  export_customer: { request: ExportCustomer; response: CustomerCopyView };
  list_calls: { request: ListCalls; response: Page<CallView> };
  show_quota: { request: ShowQuota; response: Quotas };
  read_log: { request: ReadLog; response: LogPage };
  list_destinations: { request: ListDestinations; response: Destinations };
  show_telemetry: { request: ShowTelemetry; response: TelemetryView };
  set_telemetry: { request: SetTelemetry; response: TelemetryView };
  prepare_diagnostics: { request: PrepareDiagnostics; response: Diagnostics };
  save_diagnostics: { request: SaveDiagnostics; response: DiagnosticsSaved };
  start_export: { request: StartExport; response: ExportView };
  cancel_export: { request: CancelExport; response: ExportView };
  list_exports: { request: ListExports; response: ExportList };
  list_views: { request: ListViews; response: Page<SavedViewView> };
  save_view: { request: SaveView; response: SavedViewView };
  rename_view: { request: RenameView; response: SavedViewView };
  remove_view: { request: RemoveView; response: Empty };
  take_gained_views: { request: TakeGainedViews; response: Page<GainedView> };
  export_views: { request: ExportViews; response: ViewsFile };
  import_views: { request: ImportViews; response: ImportedViews };
  note_look_up: { request: NoteLookUp; response: Empty };
  list_book: { request: ListBook; response: Page<BookLineView> };
  verify_book: { request: VerifyBook; response: BookVerified };
  export_book: { request: ExportBook; response: BookExported };
  accept_book_loss: { request: AcceptBookLoss; response: BookVerified };
  set_my_name: { request: SetMyName; response: WhoView };
  write_evidence: { request: WriteEvidence; response: EvidenceView };
  open_hook: { request: OpenHook; response: HookView };
  hold_lan: { request: HoldLan; response: Empty };
  remove_hook: { request: RemoveHook; response: Empty };
  list_hooks: { request: ListHooks; response: Page<HookView> };
  list_events: { request: ListEvents; response: FoundEvents };
  count_events: { request: CountEvents; response: EventCount };
  diff_events: { request: DiffEvents; response: EventDiff };
  export_events: { request: ExportEvents; response: EventsExported };
  show_missed: { request: ShowMissed; response: MissedEvents };
  trigger_event: { request: TriggerEvent; response: Triggered };
  resend_event: { request: ResendEvent; response: ResentEvent };
  record_received: { request: RecordReceived; response: RecordedLine };
  list_received: { request: ListReceived; response: Page<ReceivedEventView> };
  show_event: { request: ShowEvent; response: EventDetail };
  add_endpoint: { request: AddEndpoint; response: EndpointView };
  change_endpoint: { request: ChangeEndpoint; response: EndpointView };
  list_endpoints: { request: ListEndpoints; response: Page<EndpointView> };
  show_endpoint: { request: ShowEndpoint; response: EndpointDetail };
  pause_endpoint: { request: PauseEndpoint; response: EndpointView };
  resume_endpoint: { request: ResumeEndpoint; response: EndpointView };
  remove_endpoint: { request: RemoveEndpoint; response: Empty };
  touch_endpoint: { request: TouchEndpoint; response: Empty };
  list_deliveries: { request: ListDeliveries; response: Page<DeliveryView> };
  show_delivery: { request: ShowDelivery; response: DeliveryDetail };
  start_replay: { request: StartReplay; response: ReplayView };
  show_replay: { request: ShowReplay; response: ReplayView };
  list_replays: { request: ListReplays; response: Page<ReplayView> };
  resume_replay: { request: ResumeReplay; response: ReplayView };
  cancel_replay: { request: CancelReplay; response: ReplayView };
  connect_mail: { request: ConnectMail; response: Connected };
  preview_message: { request: PreviewMessage; response: MessagePreview };
  send_message: { request: SendMessage; response: MessageView };
  list_messages: { request: ListMessages; response: FoundMessages };
  count_messages: { request: CountMessages; response: MessageCount };
  show_message: { request: ShowMessage; response: MessageDetail };
  close_message: { request: CloseMessage; response: MessageView };
  take_back_message: { request: TakeBackMessage; response: MessageView };
  show_thread: { request: ShowThread; response: ThreadView };
  link_message: { request: LinkMessage; response: MessageView };
  unlink_message: { request: UnlinkMessage; response: MessageView };
  import_messages: { request: ImportMessages; response: MessagesImported };
  check_activity: { request: CheckActivity; response: ActivityChecked };
  sync_messages: { request: SyncMessages; response: MessagesSynced };
  show_mail_settings: { request: ShowMailSettings; response: MailSettingsView };
  set_mail_settings: { request: SetMailSettings; response: MailSettingsView };
  show_refund_notices: { request: ShowRefundNotices; response: RefundNoticesView };
  set_refund_notices: { request: SetRefundNotices; response: RefundNoticesView };
  list_templates: { request: ListTemplates; response: TemplateList };
  show_template: { request: ShowTemplate; response: TemplateDetail };
  list_text_templates: { request: ListTextTemplates; response: Page<TextTemplateView> };
  save_text_template: { request: SaveTextTemplate; response: TextTemplateView };
  remove_text_template: { request: RemoveTextTemplate; response: Empty };
  list_suppressions: { request: ListSuppressions; response: SuppressionList };
  list_groups: { request: ListGroups; response: GroupList };
  read_mail_list: { request: ReadMailList; response: MailListFile };
  import_mail_run: { request: ImportMailRun; response: MailRunView };
  list_mail_runs: { request: ListMailRuns; response: Page<MailRunView> };
  show_mail_run: { request: ShowMailRun; response: MailRunView };
  preview_mail_run: { request: PreviewMailRun; response: MailSamples };
  list_mail_run_rows: { request: ListMailRunRows; response: Page<MailRunRowView> };
  run_mail: { request: RunMail; response: MailRunView };
  pause_mail_run: { request: PauseMailRun; response: MailRunView };
  cancel_mail_run: { request: CancelMailRun; response: MailRunView };
  hold_mail_run: { request: HoldMailRun; response: MailRunView };
  add_channel: { request: AddChannel; response: ChannelView };
  change_channel: { request: ChangeChannel; response: ChannelView };
  list_channels: { request: ListChannels; response: Page<ChannelView> };
  preview_channel: { request: PreviewChannel; response: ChannelPreview };
  test_channel: { request: TestChannel; response: ChannelTested };
  pause_channel: { request: PauseChannel; response: ChannelView };
  resume_channel: { request: ResumeChannel; response: ChannelView };
  remove_channel: { request: RemoveChannel; response: Empty };
  take_desktop_messages: { request: TakeDesktopMessages; response: Page<DesktopMessage> };
  list_sandbox_messages: { request: ListSandboxMessages; response: Page<SandboxMessage> };
  prepare_replies: { request: PrepareReplies; response: Replies };
}

export const ENDPOINTS: Record<keyof Endpoints, { provides: Tag[]; invalidates: Tag[]; writes: boolean }> = {
  show_home: { provides: ["home"], invalidates: [], writes: false },
  unlock_writes: { provides: [], invalidates: ["home"], writes: false },
  lock_writes: { provides: [], invalidates: ["home"], writes: false },
  touch_unlock: { provides: [], invalidates: [], writes: false },
  set_unlock_passphrase: { provides: [], invalidates: ["home"], writes: false },
  list_accounts: { provides: ["accounts"], invalidates: [], writes: false },
  connect_account: { provides: [], invalidates: ["home","accounts","sync","payments"], writes: false },
  open_sandbox: { provides: [], invalidates: ["home","accounts","sync","payments"], writes: false },
  check_account: { provides: [], invalidates: ["accounts","calls"], writes: false },
  rename_account: { provides: [], invalidates: ["home","accounts","sync","payments","customers","refunds","calls"], writes: false },
  set_reporting_zone: { provides: [], invalidates: ["accounts","payments","refunds"], writes: false },
  set_refund_limits: { provides: [], invalidates: ["accounts","bulk","book"], writes: false },
  set_write_key: { provides: [], invalidates: ["accounts","calls","book"], writes: false },
  remove_account: { provides: [], invalidates: ["home","accounts","sync","payments","customers","refunds","calls"], writes: false },
  start_sync: { provides: [], invalidates: ["accounts","sync","payments","customers","refunds","calls"], writes: false },
  cancel_sync: { provides: [], invalidates: ["sync"], writes: false },
  show_sync: { provides: ["sync"], invalidates: [], writes: false },
  find_payments: { provides: ["payments"], invalidates: [], writes: false },
  count_payments: { provides: ["payments"], invalidates: [], writes: false },
  complete_query: { provides: ["payments","accounts","events","messages"], invalidates: [], writes: false },
  run_sql: { provides: [], invalidates: [], writes: false },
  list_sql_views: { provides: ["home"], invalidates: [], writes: false },
  show: { provides: ["payments","refunds","customers","messages"], invalidates: [], writes: false },
  show_customer: { provides: ["customers","payments"], invalidates: [], writes: false },
  show_overview: { provides: ["payments","refunds"], invalidates: [], writes: false },
  preflight_refund: { provides: ["refunds"], invalidates: ["payments","calls"], writes: false },
  issue_refund: { provides: [], invalidates: ["payments","refunds","calls","approvals"], writes: true },
  cancel_refund: { provides: [], invalidates: ["payments","refunds","calls"], writes: true },
  list_refunds: { provides: ["refunds"], invalidates: [], writes: false },
  settle_refunds: { provides: [], invalidates: ["payments","refunds","calls"], writes: false },
  acknowledge_intent: { provides: [], invalidates: [], writes: false },
  close_intent: { provides: [], invalidates: ["payments","refunds"], writes: false },
  withdraw_intent: { provides: [], invalidates: ["home","payments","refunds"], writes: false },
  release_intent: { provides: [], invalidates: ["home","payments","refunds","calls"], writes: true },
  count_refunds: { provides: ["refunds"], invalidates: [], writes: false },
  set_undo_window: { provides: [], invalidates: ["home"], writes: false },
  show_my_key: { provides: ["approvals"], invalidates: [], writes: false },
  list_approvers: { provides: ["approvals"], invalidates: [], writes: false },
  trust_approver: { provides: [], invalidates: ["approvals","book"], writes: false },
  distrust_approver: { provides: [], invalidates: ["approvals","book"], writes: false },
  ask_approval: { provides: [], invalidates: ["approvals","payments","calls","book"], writes: false },
  ask_run_approval: { provides: [], invalidates: ["approvals","bulk","book"], writes: false },
  list_approvals: { provides: ["approvals","refunds"], invalidates: [], writes: false },
  open_approval: { provides: ["approvals","payments"], invalidates: [], writes: false },
  list_approval_rows: { provides: ["approvals","payments"], invalidates: [], writes: false },
  decide_approval: { provides: [], invalidates: ["approvals","book"], writes: false },
  take_approval: { provides: [], invalidates: ["approvals","bulk","book"], writes: false },
  read_bulk: { provides: [], invalidates: [], writes: false },
  import_bulk: { provides: [], invalidates: ["bulk"], writes: false },
  list_bulk_runs: { provides: ["bulk"], invalidates: [], writes: false },
  show_bulk_run: { provides: ["bulk"], invalidates: [], writes: false },
  list_bulk_rows: { provides: ["bulk"], invalidates: [], writes: false },
  tick_bulk_rows: { provides: [], invalidates: ["bulk"], writes: false },
  run_bulk: { provides: [], invalidates: ["bulk","refunds","calls","approvals"], writes: true },
  pause_bulk: { provides: [], invalidates: ["bulk","refunds"], writes: false },
  cancel_bulk: { provides: [], invalidates: ["bulk","refunds"], writes: false },
  write_bulk_receipts: { provides: [], invalidates: [], writes: false },
  create_payment: { provides: [], invalidates: ["payments","calls"], writes: true },
  confirm_payment: { provides: [], invalidates: ["payments","calls"], writes: true },
  capture_payment: { provides: [], invalidates: ["payments","refunds","calls"], writes: true },
  cancel_payment: { provides: [], invalidates: ["payments","refunds","calls"], writes: true },
  create_customer: { provides: [], invalidates: ["customers","calls"], writes: true },
  show_proof: { provides: ["proof"], invalidates: [], writes: false },
  show_proof_day: { provides: ["proof"], invalidates: [], writes: false },
  run_proof: { provides: [], invalidates: ["proof"], writes: false },
  cancel_proof: { provides: [], invalidates: ["proof"], writes: false },
  check_mirror_file: { provides: ["home"], invalidates: [], writes: false },
  backup_mirror: { provides: [], invalidates: [], writes: false },
  restore_mirror: { provides: [], invalidates: ["home","accounts","sync","payments","customers","refunds","calls","views"], writes: false },
  rekey_mirror: { provides: [], invalidates: ["home"], writes: false },
  erase_customer: { provides: [], invalidates: ["payments","customers","refunds","views"], writes: false },
  export_customer: { provides: [], invalidates: [], writes: false },
  list_calls: { provides: ["calls"], invalidates: [], writes: false },
  show_quota: { provides: ["calls"], invalidates: [], writes: false },
  read_log: { provides: ["diagnostics"], invalidates: [], writes: false },
  list_destinations: { provides: ["diagnostics","accounts","endpoints","channels"], invalidates: [], writes: false },
  show_telemetry: { provides: ["diagnostics"], invalidates: [], writes: false },
  set_telemetry: { provides: [], invalidates: ["diagnostics"], writes: false },
  prepare_diagnostics: { provides: [], invalidates: [], writes: false },
  save_diagnostics: { provides: [], invalidates: [], writes: false },
  start_export: { provides: [], invalidates: ["exports"], writes: false },
  cancel_export: { provides: [], invalidates: ["exports"], writes: false },
  list_exports: { provides: ["exports"], invalidates: [], writes: false },
  list_views: { provides: ["views"], invalidates: [], writes: false },
  save_view: { provides: [], invalidates: ["views"], writes: false },
  rename_view: { provides: [], invalidates: ["views"], writes: false },
  remove_view: { provides: [], invalidates: ["views"], writes: false },
  take_gained_views: { provides: [], invalidates: [], writes: false },
  export_views: { provides: ["views"], invalidates: [], writes: false },
  import_views: { provides: [], invalidates: ["views"], writes: false },
  note_look_up: { provides: [], invalidates: ["book"], writes: false },
  list_book: { provides: ["book"], invalidates: [], writes: false },
  verify_book: { provides: [], invalidates: [], writes: false },
  export_book: { provides: [], invalidates: ["book"], writes: false },
  accept_book_loss: { provides: [], invalidates: ["book"], writes: false },
  set_my_name: { provides: [], invalidates: ["home"], writes: false },
  write_evidence: { provides: [], invalidates: ["book"], writes: false },
  open_hook: { provides: [], invalidates: ["events"], writes: false },
  hold_lan: { provides: [], invalidates: [], writes: false },
  remove_hook: { provides: [], invalidates: ["events","endpoints","deliveries"], writes: false },
  list_hooks: { provides: ["events","accounts"], invalidates: [], writes: false },
  list_events: { provides: ["events","deliveries","accounts"], invalidates: [], writes: false },
  count_events: { provides: ["events"], invalidates: [], writes: false },
  diff_events: { provides: ["events","payments"], invalidates: [], writes: false },
  export_events: { provides: [], invalidates: ["book"], writes: false },
  show_missed: { provides: ["events","sync"], invalidates: [], writes: false },
  trigger_event: { provides: [], invalidates: ["calls"], writes: false },
  resend_event: { provides: [], invalidates: ["calls"], writes: false },
  record_received: { provides: [], invalidates: [], writes: false },
  list_received: { provides: ["events","accounts"], invalidates: [], writes: false },
  show_event: { provides: ["events","accounts"], invalidates: [], writes: false },
  add_endpoint: { provides: [], invalidates: ["endpoints","book"], writes: false },
  change_endpoint: { provides: [], invalidates: ["endpoints","book"], writes: false },
  list_endpoints: { provides: ["endpoints","deliveries","accounts"], invalidates: [], writes: false },
  show_endpoint: { provides: ["endpoints","deliveries","accounts"], invalidates: [], writes: false },
  pause_endpoint: { provides: [], invalidates: ["endpoints","book"], writes: false },
  resume_endpoint: { provides: [], invalidates: ["endpoints","deliveries","book"], writes: false },
  remove_endpoint: { provides: [], invalidates: ["endpoints","deliveries","book"], writes: false },
  touch_endpoint: { provides: [], invalidates: [], writes: false },
  list_deliveries: { provides: ["deliveries","endpoints","accounts"], invalidates: [], writes: false },
  show_delivery: { provides: ["deliveries","endpoints","accounts"], invalidates: [], writes: false },
  start_replay: { provides: [], invalidates: ["deliveries","book"], writes: false },
  show_replay: { provides: ["deliveries","endpoints"], invalidates: [], writes: false },
  list_replays: { provides: ["deliveries","endpoints"], invalidates: [], writes: false },
  resume_replay: { provides: [], invalidates: ["deliveries","book"], writes: false },
  cancel_replay: { provides: [], invalidates: ["deliveries","book"], writes: false },
  connect_mail: { provides: [], invalidates: ["home","accounts","messages"], writes: false },
  preview_message: { provides: ["messages","payments","refunds"], invalidates: [], writes: false },
  send_message: { provides: [], invalidates: ["messages","calls","book"], writes: true },
  list_messages: { provides: ["messages","accounts"], invalidates: [], writes: false },
  count_messages: { provides: ["messages"], invalidates: [], writes: false },
  show_message: { provides: ["messages","accounts"], invalidates: [], writes: false },
  close_message: { provides: [], invalidates: ["messages","book"], writes: false },
  take_back_message: { provides: [], invalidates: ["messages","calls","book"], writes: false },
  show_thread: { provides: ["messages","accounts"], invalidates: [], writes: false },
  link_message: { provides: [], invalidates: ["messages","book"], writes: false },
  unlink_message: { provides: [], invalidates: ["messages","book"], writes: false },
  import_messages: { provides: [], invalidates: ["messages"], writes: false },
  check_activity: { provides: [], invalidates: ["messages","calls"], writes: false },
  sync_messages: { provides: [], invalidates: ["messages","calls"], writes: false },
  show_mail_settings: { provides: ["accounts","messages"], invalidates: [], writes: false },
  set_mail_settings: { provides: [], invalidates: ["accounts","messages","book"], writes: false },
  show_refund_notices: { provides: ["accounts","messages","refunds"], invalidates: [], writes: false },
  set_refund_notices: { provides: [], invalidates: ["accounts","messages","book"], writes: false },
  list_templates: { provides: ["mail_lists","accounts"], invalidates: [], writes: false },
  show_template: { provides: ["mail_lists","payments"], invalidates: [], writes: false },
  list_text_templates: { provides: ["mail_lists"], invalidates: [], writes: false },
  save_text_template: { provides: [], invalidates: ["mail_lists","book"], writes: false },
  remove_text_template: { provides: [], invalidates: ["mail_lists","book"], writes: false },
  list_suppressions: { provides: ["mail_lists","accounts"], invalidates: [], writes: false },
  list_groups: { provides: ["mail_lists","accounts"], invalidates: [], writes: false },
  read_mail_list: { provides: [], invalidates: [], writes: false },
  import_mail_run: { provides: [], invalidates: ["mail_runs","mail_lists","calls"], writes: false },
  list_mail_runs: { provides: ["mail_runs"], invalidates: [], writes: false },
  show_mail_run: { provides: ["mail_runs","messages"], invalidates: [], writes: false },
  preview_mail_run: { provides: ["mail_runs","mail_lists"], invalidates: [], writes: false },
  list_mail_run_rows: { provides: ["mail_runs","messages"], invalidates: [], writes: false },
  run_mail: { provides: [], invalidates: ["mail_runs","messages","calls","book"], writes: true },
  pause_mail_run: { provides: [], invalidates: ["mail_runs","messages","book"], writes: false },
  cancel_mail_run: { provides: [], invalidates: ["mail_runs","messages","calls","book"], writes: false },
  hold_mail_run: { provides: [], invalidates: ["mail_runs","messages","calls","book"], writes: false },
  add_channel: { provides: [], invalidates: ["channels","book"], writes: false },
  change_channel: { provides: [], invalidates: ["channels","book"], writes: false },
  list_channels: { provides: ["channels","deliveries"], invalidates: [], writes: false },
  preview_channel: { provides: [], invalidates: [], writes: false },
  test_channel: { provides: [], invalidates: ["channels","book"], writes: false },
  pause_channel: { provides: [], invalidates: ["channels","book"], writes: false },
  resume_channel: { provides: [], invalidates: ["channels","deliveries","book"], writes: false },
  remove_channel: { provides: [], invalidates: ["channels","deliveries","book"], writes: false },
  take_desktop_messages: { provides: [], invalidates: [], writes: false },
  list_sandbox_messages: { provides: ["deliveries"], invalidates: [], writes: false },
  prepare_replies: { provides: ["payments","refunds"], invalidates: [], writes: false },
};
