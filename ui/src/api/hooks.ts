import {
  keepPreviousData, useInfiniteQuery, useMutation, type UseMutationResult, useQuery, type UseQueryResult,
} from "@tanstack/react-query";
import { useMemo } from "react";

import type { ErrorBody, FoundPayments, ListRange, Money } from "#ui/bindings/contract";
import type { MessageKey } from "#ui/messages/t";
import type { RequestOf, ResponseOf } from "#ui/platform/types";

import { call, callAndInvalidate } from "./call";
import { type EndpointName, keyOf } from "./keys";

/** Shows an answer and keeps it true. */
export function useAnswer<E extends EndpointName>(
  endpoint: E,
  request: RequestOf<E>,
  options: { enabled?: boolean; keep?: boolean; fleeting?: boolean } = {},
): UseQueryResult<ResponseOf<E>> {
  return useQuery<ResponseOf<E>>({
    queryKey: keyOf(endpoint, request),
    queryFn: () => call(endpoint, request),
    enabled: options.enabled ?? true,
    // What is on screen stays until the answer to the new question is there.
    ...(options.keep === true ? { placeholderData: keepPreviousData } : {}),
    // What was typed on the way to a question is not kept once nobody looks at its answer.
    ...(options.fleeting === true ? { gcTime: 0 } : {}),
  });
}

/**
 * Asks once, anew each time a dialog opens, and leaves the answer alone while it is read. A pre-flight
 * asks the vendor and updates the mirror; were it kept true by notices, it would set itself off.
 */
export function useAnswerOnce<E extends EndpointName>(endpoint: E, request: RequestOf<E>): UseQueryResult<ResponseOf<E>> {
  return useQuery<ResponseOf<E>>({
    queryKey: keyOf(endpoint, request),
    queryFn: () => callAndInvalidate(endpoint, request),
    staleTime: 0,
    gcTime: 0,
    meta: { once: true },
  });
}

type Listed = { [E in EndpointName]: RequestOf<E> extends { range: ListRange } ? E : never }[EndpointName];
type RowOf<E extends Listed> = ResponseOf<E>["items"][number];

/** A list that loads its next page as one scrolls there. */
export interface Rows<E extends Listed> {
  rows: RowOf<E>[];
  /** How many the list has in all, where its pages say so. */
  total: number | null;
  /** Whether a page was ever answered. */
  known: boolean;
  /** How far the list was searched, where more may be found beyond: `further` looks there. */
  lookedTo: LookedTo | null;
  /** Whether nothing fits the whole text, and the rows fit only what in it tells a payment. */
  relaxed: boolean;
  asOf: string | null;
  error: ErrorBody | null;
  loading: boolean;
  /** Whether what is shown is of the question before. */
  outdated: boolean;
  loadingMore: boolean;
  more: () => void;
  further: () => void;
  again: () => void;
}

/** How far a search looked: down to a moment, or to an amount where amounts are sorted. */
export type LookedTo = { time: string } | { amount: Money };

function lookedToOf(page: object): LookedTo | null {
  const { looked_back_to: time, looked_to_amount: amount } = page as Partial<FoundPayments>;
  if (typeof time === "string") return { time };
  return amount === undefined || amount === null ? null : { amount };
}

const PAGE_ROWS = 100;

/** Asks for a list page by page, by the cursor that each page hands out. */
export function useRows<E extends Listed>(endpoint: E, request: Omit<RequestOf<E>, "range">): Rows<E> {
  const whole = (after: string | undefined) =>
    ({ ...request, range: { limit: PAGE_ROWS, ...(after === undefined ? {} : { after }) } }) as RequestOf<E>;
  const query = useInfiniteQuery({
    queryKey: keyOf(endpoint, whole(undefined)),
    queryFn: ({ pageParam }) => call(endpoint, whole(pageParam)),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: ResponseOf<E>) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });
  const pages = query.data?.pages;
  const rows = useMemo(() => (pages ?? []).flatMap((page) => page.items as RowOf<E>[]), [pages]);
  const first = pages?.[0];
  const last = pages?.at(-1);
  const lookedTo = last === undefined ? null : lookedToOf(last);
  const further = () => {
    if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
  };
  return {
    rows,
    total: first !== undefined && "total" in first ? first.total : null,
    known: first !== undefined,
    lookedTo,
    relaxed: first !== undefined && "relaxed" in first && first.relaxed,
    asOf: first !== undefined && "as_of" in first ? first.as_of : null,
    error: query.error,
    loading: query.isPending,
    outdated: query.isPlaceholderData,
    loadingMore: query.isFetchingNextPage,
    // A search that looked at a great many rows and found little goes on only when somebody wants it to.
    more: () => { if (lookedTo === null) further(); },
    further,
    again: () => void query.refetch(),
  };
}

/** Does something. `failure` is the title of the note that tells when it fails; leave it out where the failure is shown in place. */
export function useAction<E extends EndpointName>(
  endpoint: E,
  failure?: MessageKey,
): UseMutationResult<ResponseOf<E>, ErrorBody, RequestOf<E>> {
  return useMutation({
    mutationFn: (request: RequestOf<E>) => callAndInvalidate(endpoint, request),
    ...(failure === undefined ? {} : { meta: { failure } }),
  });
}
