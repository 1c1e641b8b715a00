import { Link } from "@tanstack/react-router";

import type { MessageView, ThreadMessage } from "#ui/bindings/contract";
import { useAnswer } from "#ui/api/hooks";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { count } from "#ui/format/locale";
import { t, word } from "#ui/messages/t";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";

import { MessageState, messageVendor, purposeWords } from "./columns";
import { Lines } from "./Lines";
import { noBodyWords } from "./messageForm";
import styles from "./Messages.module.css";

/** Everything between us and one customer around a message, by both channels, oldest first. */
export function Thread({ message }: { message: MessageView }) {
  const shown = useAnswer("show_thread", { id: message.id });
  if (shown.error !== null) return <ErrorNote error={shown.error} reading />;
  // Alone it says nothing that the page does not say.
  if (shown.data === undefined || shown.data.items.length < 2) return null;
  return (
    <section className={paymentStyles.card} aria-label={t("messages.thread")}>
      <h2>{t("messages.thread")}</h2>
      <p className="quiet">{t("messages.threadAbout")}</p>
      {shown.data.left_out && <p role="note">{t("messages.threadMore", { count: count.format(shown.data.items.length) })}</p>}
      <ol className={styles.thread}>
        {shown.data.items.map((one) => <Turn key={one.message.id} one={one} isThis={one.message.id === message.id} />)}
      </ol>
    </section>
  );
}

function Turn({ one: { message, body }, isThis }: { one: ThreadMessage; isThis: boolean }) {
  const title = message.subject !== null ? <Untrusted personal text={message.subject} /> : purposeWords(message);
  return (
    <li className={styles.turn} data-way={message.direction} aria-current={isThis ? "true" : undefined}>
      <div className={styles.turnHead}>
        {isThis ? <strong>{title}</strong> : <Link to="/messages/$id" params={{ id: message.id }}>{title}</Link>}
        <span className="quiet">{word("channel", message.channel)}</span>
        <MessageState message={message} />
        <span className="quiet"><Time at={message.created} short /></span>
      </div>
      {body === null ? message.no_body !== null && <p className="quiet">{t(noBodyWords(message.no_body), { vendor: messageVendor(message) })}</p> : <Lines text={body} />}
    </li>
  );
}
