import type { AccountView } from "#ui/bindings/contract";
import { t } from "#ui/messages/t";

/** Why the keys of an account may not do something, by the vendor's word for the permission; nothing where they may. */
export function deniedBy(accounts: readonly AccountView[] | undefined, label: string, right: string): string | undefined {
  const found = accounts?.find((one) => one.label === label)?.rights.find((one) => one.right === right);
  if (found?.answer !== "denied") return undefined;
  return t("rights.denied", { account: label, permission: found.permission === "" ? right.replaceAll("_", " ") : found.permission });
}
