import { Untrusted } from "#ui/components/Untrusted";

import styles from "./Messages.module.css";

/** A text of several lines as it was written. */
export function Lines({ text }: { text: string }) {
  return (
    <div className={styles.body}>
      {text.split("\n").map((line, index) => <p key={index}>{line === "" ? "\u00a0" : <Untrusted personal text={line} />}</p>)}
    </div>
  );
}
