import type { BookLineView, Said } from "#ui/bindings/contract";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { t, word } from "#ui/messages/t";

import styles from "./BookPage.module.css";
import { whoOf } from "./columns";

/** Everything that a line says. */
export function LineMore({ line }: { line: BookLineView }) {
  return (
    <dl className={styles.more}>
      <dt>{t("column.when")}</dt>
      <dd><Time at={line.at} /></dd>
      <dt>{t("column.who")}</dt>
      <dd><Untrusted text={whoOf(line)} /> <span className="quiet">{word("bookShell", line.shell)}</span></dd>
      <Saids said={line.personal} personal />
      <Saids said={line.before} before />
      <Saids said={line.after} after />
      <Saids said={line.facts} />
      {line.erased && (
        <>
          <dt>{t("book.personal")}</dt>
          <dd>{t("book.erasedHint")}</dd>
        </>
      )}
    </dl>
  );
}

function Saids({ said, before = false, after = false, personal = false }: { said: readonly Said[]; before?: boolean; after?: boolean; personal?: boolean }) {
  return said.map((one) => {
    const name = visible(word("bookField", one.name), "prose");
    return (
      <div key={one.name} style={{ display: "contents" }}>
        <dt>{before ? t("book.before", { name }) : after ? t("book.after", { name }) : name}</dt>
        <dd><Untrusted text={one.value} as="exact" personal={personal} /></dd>
      </div>
    );
  });
}
