import { useAction } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { ErrorNote } from "#ui/components/ErrorNote";
import { visible } from "#ui/format/text";
import { t } from "#ui/messages/t";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";

/** Has the vendor deliver an event again to its own endpoint, which a replay from here does not go through. */
export function Resend({ event }: { event: string }) {
  const resend = useAction("resend_event");
  return (
    <section className={paymentStyles.card} aria-label={t("webhooks.resend")}>
      <h2>{t("webhooks.resend")}</h2>
      <p className="quiet">{t("webhooks.resendWords")}</p>
      <div><Button disabled={resend.isPending} onClick={() => resend.mutate({ id: event })}>{t("webhooks.resendNow")}</Button></div>
      {resend.data !== undefined && <p role="status">{t("webhooks.resent", { url: visible(resend.data.url, "exact") })}</p>}
      {resend.error !== null && <ErrorNote error={resend.error} reading />}
    </section>
  );
}
