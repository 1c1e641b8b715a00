import { useSyncExternalStore } from "react";

import type { BulkImporting, BulkRunView, ExportList, ExportView, GainedView, Notice, Page, SyncView, Tag } from "#ui/bindings/contract";
import { platform } from "#ui/platform/index";

import { call, invalidate, queryClient } from "./call";
import { showGained } from "./failures";
import { keyOf, tagsOf } from "./keys";

/** A sync writes many pages a second; the lists follow at a pace that can be read. */
const GATHER_MS = 700;

const SYNC_KEY = keyOf("show_sync", {});

function putSync(sync: SyncView): void {
  const known = queryClient.getQueryData<Page<SyncView>>(SYNC_KEY);
  if (known === undefined) return;
  const others = known.items.filter((one) => one.account !== sync.account);
  const items = known.items.some((one) => one.account === sync.account)
    ? known.items.map((one) => (one.account === sync.account ? sync : one))
    : [...others, sync];
  queryClient.setQueryData(SYNC_KEY, { ...known, items, total: Math.max(known.total, items.length) });
}

const EXPORTS_KEY = keyOf("list_exports", {});

const ended = new Map<string, ExportView>();

/** An export as it ended. An answer that was on its way meanwhile may still say that it runs. */
export function endedExport(id: string | null): ExportView | null {
  return id === null ? null : (ended.get(id) ?? null);
}

function putExport(one: ExportView): void {
  if (one.state !== "running" && one.state !== "finishing") ended.set(one.id, one);
  const known = queryClient.getQueryData<ExportList>(EXPORTS_KEY);
  if (known === undefined) return;
  const others = known.items.filter((item) => item.id !== one.id);
  queryClient.setQueryData(EXPORTS_KEY, { ...known, items: [one, ...others] });
}

/** How often each run was heard of, so that what is late does not undo what came after it. */
const heardOf = new Map<string, number>();

/** Shows how far a run is. One that came to rest is shown with its rows as they ended, not a moment before them. */
async function putRun(run: BulkRunView): Promise<void> {
  const turn = (heardOf.get(run.id) ?? 0) + 1;
  heardOf.set(run.id, turn);
  if (run.state !== "running") {
    await queryClient.invalidateQueries({ predicate: ({ queryKey: [endpoint, request] }) => endpoint === "list_bulk_rows" && "id" in request && request.id === run.id });
  }
  if (heardOf.get(run.id) === turn) queryClient.setQueryData(keyOf("show_bulk_run", { id: run.id }), run);
}

let importing: BulkImporting | null = null;
const importListeners = new Set<() => void>();

function putImport(next: BulkImporting): void {
  importing = next;
  for (const listener of importListeners) listener();
}

function listenToImports(listener: () => void): () => void {
  importListeners.add(listener);
  return () => importListeners.delete(listener);
}

/** How far the import is that a request began; none before its first notice. */
export function useImportProgress(requestId: string): BulkImporting | null {
  const latest = useSyncExternalStore(listenToImports, () => importing);
  return latest?.request_id === requestId ? latest : null;
}

/** Tells what saved views gained. The Desk keeps it until somebody asks, so that what came in while no
 * window was open is told by the next one, once. */
function tellGained(): void {
  const tell = ({ items }: Page<GainedView>) => {
    showGained(items.map((one) => ({ view: one.name, query: one.query, count: one.payments, payment: one.payment })));
  };
  // Where the Desk cannot answer, it is told the next time.
  call("take_gained_views", {}).then(tell, () => undefined);
}

/** Keeps the cache true to what the Desk says. Returns how to stop. */
export function followNotices(): () => void {
  const environment = platform.environment();
  const gathered = new Set<Tag>();
  let timer: number | undefined;
  const flush = () => {
    timer = undefined;
    const tags = [...gathered];
    gathered.clear();
    void invalidate(tags);
  };
  // An answer that was on its way when something ended may come after the notice of its end and say that
  // it still runs; no later notice would mend that.
  const askAgain = (tag: Tag) => {
    gathered.add(tag);
    timer ??= window.setTimeout(flush, GATHER_MS);
  };
  const heard = (notice: Notice) => {
    if (notice.notice === "sync") {
      if (notice.environment === environment) {
        putSync(notice.sync);
        if (!notice.sync.running) askAgain("sync");
      }
      return;
    }
    if (notice.notice === "export") {
      if (notice.environment === environment) {
        putExport(notice.export);
        if (notice.export.state !== "running" && notice.export.state !== "finishing") askAgain("exports");
      }
      return;
    }
    if (notice.notice === "bulk") {
      if (notice.environment === environment) {
        void putRun(notice.run);
        askAgain("bulk");
      }
      return;
    }
    if (notice.notice === "mail_run") {
      if (notice.environment === environment) {
        queryClient.setQueryData(keyOf("show_mail_run", { id: notice.run.id }), notice.run);
        askAgain("mail_runs");
      }
      return;
    }
    if (notice.notice === "bulk_import") {
      if (notice.environment === environment) putImport(notice.import);
      return;
    }
    if (notice.notice === "view_gained") {
      if (notice.environment === environment) tellGained();
      return;
    }
    for (const tag of tagsOf(notice, environment)) askAgain(tag);
  };
  const stop = platform.listen(heard);
  tellGained();
  return () => {
    stop();
    window.clearTimeout(timer);
  };
}
