import { MutationCache, QueryClient } from "@tanstack/react-query";

import type { ErrorBody, Tag } from "#ui/bindings/contract";
import { asErrorBody } from "#ui/messages/errors";
import type { MessageKey } from "#ui/messages/t";
import { platform } from "#ui/platform/index";
import type { RequestOf, ResponseOf } from "#ui/platform/types";

import { type EndpointName, invalidatedBy, type Key, shows } from "./keys";
import { showFailure } from "./failures";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: ErrorBody;
    queryKey: Key;
    queryMeta: { once?: boolean };
    mutationMeta: { failure?: MessageKey };
  }
}

/** Asks the Desk. Whatever goes wrong is thrown as an error of the table. */
export async function call<E extends EndpointName>(endpoint: E, request: RequestOf<E>): Promise<ResponseOf<E>> {
  try {
    return await platform.call(endpoint, request);
  } catch (thrown) {
    // An error of the table is data, not a defect of ours with a stack.
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    throw asErrorBody(thrown);
  }
}

/** The page's cache. What is mirrored changes only when a notice says so, so nothing is polled. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: Infinity, gcTime: 5 * 60_000, retry: false, refetchOnWindowFocus: false, networkMode: "always" },
    mutations: { retry: false, networkMode: "always" },
  },
  // The one place that tells of a write that failed. A dialog that shows its own failure names none.
  mutationCache: new MutationCache({
    onError(error, _variables, _context, mutation) {
      const title = mutation.meta?.failure;
      if (title !== undefined) showFailure(title, error);
    },
  }),
});

/** Drops every cached answer that shows one of the tags; what is on screen is asked for again. */
export async function invalidate(tags: readonly Tag[]): Promise<void> {
  if (tags.length === 0) return;
  await queryClient.invalidateQueries({ predicate: (query) => query.meta?.once !== true && shows(query.queryKey, tags) });
}

/** Asks, and then drops what the table says the answer may have changed. */
export async function callAndInvalidate<E extends EndpointName>(endpoint: E, request: RequestOf<E>): Promise<ResponseOf<E>> {
  try {
    return await call(endpoint, request);
  } finally {
    // Also after a failure: a refused write left a row in the journal.
    void invalidate(invalidatedBy(endpoint));
  }
}
