import type { Money } from "#ui/bindings/contract";
import { useExponents } from "#ui/api/home";
import { exponentOf, formatMoney } from "#ui/format/money";

interface AmountProps {
  /** None where no amount moves. */
  money: Money | null;
  vendor?: string;
}

/** An amount in the reader's locale. */
export function Amount({ money, vendor = "stripe" }: AmountProps) {
  const exponents = useExponents();
  if (money === null) return null;
  return <bdi className="number">{formatMoney(money, exponentOf(exponents, money.currency, vendor))}</bdi>;
}
