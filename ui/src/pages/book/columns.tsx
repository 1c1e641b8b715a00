import { Link } from "@tanstack/react-router";

import type { BookLineView } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { makeColumns } from "#ui/grid/columns";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { t, word } from "#ui/messages/t";

/** What is most worth reading of a line without opening it. */
function Gist({ line }: { line: BookLineView }) {
  const first = (name: string) => line.personal.find((one) => one.name === name)?.value;
  const shown = line.facts.find((one) => one.name === "shown")?.value;
  const said = [first("query") ?? first("sql"), first("why"), first("note"), first("ticket")].filter((part) => part !== undefined && part !== "");
  const known = [shown === undefined ? undefined : t("book.shown", { count: shown }), line.erased ? t("book.erased") : undefined].filter((part) => part !== undefined);
  return (
    <>
      <Untrusted personal text={said.join(t("list.separator"))} />
      {said.length > 0 && known.length > 0 && t("list.separator")}
      <Untrusted text={known.join(t("list.separator"))} />
    </>
  );
}

/** Who a line is of: Paydesk itself, or a person by the name that they gave. */
export function whoOf(line: BookLineView): string {
  if (line.shell === "paydesk") return t("book.byItself");
  return line.name === "" ? line.system_user : t("book.named", { name: line.name, user: line.system_user });
}

export const BOOK_COLUMNS = makeColumns<BookLineView>([
  { id: "number", header: t("column.line"), track: "64px", number: true, cell: (row) => count.format(row.number) },
  { id: "at", header: t("column.when"), track: "minmax(120px, 0.9fr)", cell: (row) => <Time at={row.at} short /> },
  { id: "who", header: t("column.who"), track: "minmax(110px, 1fr)", cell: (row) => <Untrusted text={whoOf(row)} /> },
  { id: "what", header: t("column.what"), track: "minmax(130px, 1.1fr)", cell: (row) => visible(word("bookAction", row.action), "prose") },
  { id: "amount", header: t("column.amount"), track: "104px", number: true, cell: (row) => (row.amount === null ? null : <Amount money={row.amount} />) },
  { id: "about", header: t("column.about"), track: "minmax(120px, 1.3fr)", cell: (row) => <About line={row} /> },
  { id: "account", header: t("column.account"), track: "minmax(70px, 0.6fr)", cell: (row) => row.account !== null && <Untrusted text={row.account} /> },
  { id: "gist", header: t("column.why"), track: "minmax(140px, 1.8fr)", cell: (row) => <Gist line={row} /> },
]);

/** A link where the id leads somewhere. */
function About({ line }: { line: BookLineView }) {
  const text = <span className="mono"><Untrusted text={line.about} as="exact" /></span>;
  if (/^cus_/.test(line.about)) return <Link to="/customers/$id" params={{ id: line.about }}>{text}</Link>;
  if (/^(ch|py|pi|re|pyr)_/.test(line.about)) return <Link to="/payments/$id" params={{ id: line.about }}>{text}</Link>;
  return text;
}
