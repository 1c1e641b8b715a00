import type { CardView, PaymentView } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { Chip } from "#ui/components/Chip";
import { Id } from "#ui/components/Id";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { visible } from "#ui/format/text";
import { makeColumns } from "#ui/grid/columns";
import { t, word } from "#ui/messages/t";

/** A card in short, such as `Visa ···· 4242`. */
export function CardText({ card, method }: { card: CardView | null; method: string | null }) {
  if (card?.last4 == null) return <Untrusted text={method === null ? "" : word("method", method)} />;
  return <bdi><Words of="card.short" with={{ brand: visible(word("brand", card.brand ?? "card"), "prose"), last4: <Untrusted personal text={card.last4} as="exact" /> }} /></bdi>;
}

/** The columns of payments, in the order in which they stand. */
export const PAYMENT_COLUMNS = makeColumns<PaymentView>([
  { id: "amount", header: t("column.amount"), track: "minmax(96px, 0.8fr)", number: true, cell: (row) => <Amount money={row.amount} vendor={row.vendor} /> },
  { id: "state", header: t("column.state"), track: "minmax(136px, 1fr)", cell: (row) => <Chip group="payment" code={row.state} /> },
  { id: "email", header: t("column.email"), track: "minmax(112px, 2fr)", cell: (row) => <Untrusted personal text={row.email ?? row.name ?? row.customer ?? ""} as={row.email === null ? "prose" : "exact"} /> },
  { id: "name", header: t("column.name"), track: "minmax(90px, 1.2fr)", cell: (row) => <Untrusted personal text={row.name ?? ""} /> },
  { id: "method", header: t("column.method"), track: "minmax(142px, 1.1fr)", cell: (row) => <CardText card={row.card} method={row.method} /> },
  { id: "description", header: t("column.description"), track: "minmax(80px, 1.4fr)", cell: (row) => <Untrusted personal text={row.description ?? ""} /> },
  { id: "created", header: t("column.created"), track: "minmax(128px, 1fr)", cell: (row) => <Time at={row.created} short /> },
  { id: "id", header: t("column.id"), track: "minmax(84px, 1.1fr)", cell: (row) => <Id id={row.id} bare /> },
  { id: "account", header: t("column.account"), track: "minmax(70px, 0.7fr)", cell: (row) => <Untrusted text={row.account} /> },
]);

/** Columns that stay hidden until somebody wants them. */
export const HIDDEN_AT_FIRST: readonly string[] = ["name", "account"];
