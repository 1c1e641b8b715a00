import { QueryObserver } from "@tanstack/react-query";
import { beforeEach, describe, expect, it, vi } from "vitest";

import type { BulkRunView, Notice } from "#ui/bindings/contract";

/** What the Desk says and answers here. */
const desk = vi.hoisted(() => ({
  heard: null as ((notice: Notice) => void) | null,
  rows: (): Promise<unknown> => Promise.resolve({ items: [] }),
}));

vi.mock("#ui/platform/index", () => ({
  platform: {
    environment: () => "sandbox",
    listen: (heard: (notice: Notice) => void) => { desk.heard = heard; return () => undefined; },
    call: (endpoint: string) => (endpoint === "list_bulk_rows" ? desk.rows() : Promise.resolve({ items: [] })),
  },
}));
vi.stubGlobal("window", globalThis);

const { call, queryClient } = await import("./call");
const { followNotices } = await import("./notices");
const { keyOf } = await import("./keys");

const run = (state: string, id = "r"): BulkRunView => ({ id, state }) as BulkRunView;
const told = (of: BulkRunView) => desk.heard?.({ notice: "bulk", environment: "sandbox", run: of });
const head = (id = "r") => queryClient.getQueryData<BulkRunView>(keyOf("show_bulk_run", { id }))?.state;
const ROWS = keyOf("list_bulk_rows", { id: "r", states: [], range: {} });
const waiting = () => {
  let answered: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => { answered = resolve; });
  return { slow, answered };
};
const soon = () => new Promise((resolve) => { setTimeout(resolve, 5); });

beforeEach(() => queryClient.clear());

describe("a run of refunds", () => {
  it("is shown as at rest together with the rows as they ended, and not before them", async () => {
    const stop = followNotices();
    let rows = "sent";
    const { slow, answered } = waiting();
    desk.rows = () => Promise.resolve({ items: [rows] });
    const leave = new QueryObserver(queryClient, { queryKey: ROWS, queryFn: () => call("list_bulk_rows", ROWS[1]) }).subscribe(() => undefined);
    told(run("running"));
    await soon();
    expect(head()).toBe("running");
    rows = "settled";
    desk.rows = async () => { await slow; return { items: [rows] }; };
    told(run("done"));
    await soon();
    expect(head()).toBe("running");
    answered();
    await soon();
    expect(head()).toBe("done");
    expect(queryClient.getQueryData(ROWS)).toEqual({ items: ["settled"] });
    leave();
    stop();
  });

  it("that is gone on with meanwhile is not shown as at rest by what is late", async () => {
    const stop = followNotices();
    const { slow, answered } = waiting();
    desk.rows = async () => { await slow; return { items: [] }; };
    const leave = new QueryObserver(queryClient, { queryKey: ROWS, queryFn: () => call("list_bulk_rows", ROWS[1]) }).subscribe(() => undefined);
    told(run("paused"));
    told(run("running"));
    answered();
    await soon();
    expect(head()).toBe("running");
    leave();
    stop();
  });

  it("that nobody looks at the rows of is shown at once", async () => {
    const stop = followNotices();
    told(run("done", "other"));
    await soon();
    expect(head("other")).toBe("done");
    stop();
  });
});
