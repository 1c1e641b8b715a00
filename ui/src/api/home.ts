import type { EnvironmentView, ExponentView, HomeView } from "#ui/bindings/contract";
import { platform } from "#ui/platform/index";

import { useAnswer } from "./hooks";

const NONE: readonly ExponentView[] = [];

/** The home, once it is known. */
export function useHome(): HomeView | undefined {
  return useAnswer("show_home", { thorough: false }).data;
}

/** How many decimals amounts have, by vendor. */
export function useExponents(): readonly ExponentView[] {
  return useHome()?.exponents ?? NONE;
}

/** What the home says of this window's environment. */
export function useEnvironment(): EnvironmentView | undefined {
  const own = platform.environment();
  return useHome()?.environments.find((one) => one.environment === own);
}
