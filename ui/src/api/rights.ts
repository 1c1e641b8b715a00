import { deniedBy } from "./denied";
import { useAnswer } from "./hooks";

/** Why the keys of an account may not do something, as `deniedBy`, for the accounts of the window. */
export function useDenied(label: string): (right: string) => string | undefined {
  const accounts = useAnswer("list_accounts", {}).data?.items;
  return (right) => deniedBy(accounts, label, right);
}
