import { describe, expect, it } from "vitest";

import { makeColumns } from "./columns";
import { moved, NO_LAYOUT, ordered, place, readLayout } from "./layout";

const columns = makeColumns<object>([
  { id: "amount", header: "Amount", track: "minmax(96px, 1fr)", number: true, cell: () => null },
  { id: "email", header: "Email", track: "minmax(130px, 2fr)", cell: () => null },
  { id: "id", header: "Id", track: "84px", cell: () => null },
]);
const ids = ["amount", "email", "id"];

describe("the layout of columns", () => {
  it("is as the list has it until somebody arranges it", () => {
    const { placed, leastPx } = place(columns, ids, NO_LAYOUT, 0);
    expect(placed.map((one) => [one.id, one.track, one.stays])).toEqual([["amount", "minmax(96px, 1fr)", null], ["email", "minmax(130px, 2fr)", null], ["id", "84px", null]]);
    expect(leastPx).toBe(96 + 130 + 84);
  });
  it("puts what stays in sight first, one beside the other", () => {
    const { placed, leastPx } = place(columns, ids, { order: [], widths: { id: 200 }, pinned: ["id", "email"] }, 34);
    expect(placed.map((one) => [one.id, one.track, one.stays])).toEqual([["email", "130px", 34], ["id", "200px", 164], ["amount", "minmax(96px, 1fr)", null]]);
    expect(leastPx).toBe(34 + 130 + 200 + 96);
  });
  it("moves a column by one place, and never into or out of those that stay", () => {
    const once = moved(NO_LAYOUT, ids, "id", -1);
    expect(ordered(ids, once)).toEqual(["amount", "id", "email"]);
    expect(ordered(ids, moved(once, ids, "amount", -1))).toEqual(["amount", "id", "email"]);
    const pinned = { ...NO_LAYOUT, pinned: ["amount"] };
    expect(moved(pinned, ids, "email", -1)).toBe(pinned);
  });
  it("is read strictly", () => {
    expect(readLayout(null)).toEqual(NO_LAYOUT);
    expect(readLayout("[")).toEqual(NO_LAYOUT);
    expect(readLayout('{"order":["a",1],"widths":{"a":1,"b":"2","c":120.4},"pinned":"a"}')).toEqual({ order: ["a"], widths: { a: 48, c: 120 }, pinned: [] });
  });
  it("keeps a place for a column that is newer than the layout", () => {
    expect(ordered(ids, { ...NO_LAYOUT, order: ["id", "gone"] })).toEqual(["id", "amount", "email"]);
  });
});
