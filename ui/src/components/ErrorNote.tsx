import type { ErrorBody } from "#ui/bindings/contract";
import { visible } from "#ui/format/text";
import { errorWords } from "#ui/messages/errors";
import { t } from "#ui/messages/t";

import { Button } from "./Button";
import styles from "./ErrorNote.module.css";
import { Untrusted } from "./Untrusted";
import { Words } from "./Words";

interface ErrorNoteProps {
  error: ErrorBody;
  again?: (() => void) | undefined;
  /** Reading moves no money, so saying that none moved would only frighten. */
  reading?: boolean;
}

/** In a dialog that scrolls, what went wrong must not stay above or under what is in sight. */
const intoSight = (note: HTMLDivElement | null) => note?.scrollIntoView({ block: "nearest" });

/** An error: what happened, whether money moved, what to do next, and whose words those are not. */
export function ErrorNote({ error, again, reading = false }: ErrorNoteProps) {
  const words = errorWords(error);
  return (
    <div ref={intoSight} className={styles.note} role="alert" data-error={error.code}>
      <p className={styles.what}>{visible(words.what, "prose")}</p>
      {words.detail !== null && <p className={styles.detail}><Words of="error.vendorSays" with={{ detail: <Untrusted personal text={words.detail} /> }} /></p>}
      {!reading && <p className={styles.money}>{words.money}</p>}
      <p>{visible(words.next, "prose")}</p>
      {again && (
        <Button className={styles.again} onClick={again}>
          {t("error.again")}
        </Button>
      )}
    </div>
  );
}
