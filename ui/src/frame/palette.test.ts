import { describe, expect, it } from "vitest";

import { fitOf, fitting, namesSomething } from "./palette";

describe("the palette", () => {
  it("puts what begins with the typed letters first, and leaves out what does not fit", () => {
    const offers = ["Bulk bench", "Webhooks", "Books and hooks", "Book"].map((words) => ({ key: words, words }));
    expect(fitting(offers, "boo").map((one) => one.words)).toEqual(["Books and hooks", "Book"]);
    expect(fitting(offers, "hoo").map((one) => one.words)).toEqual(["Books and hooks", "Webhooks"]);
    expect(fitting(offers, "").length).toBe(4);
    expect(fitting(offers, "xyz")).toEqual([]);
  });
  it("finds several words in any order, without accents, and takes no letter for a pattern", () => {
    expect(fitOf("Rückgaben exportieren", "export ruck")).not.toBeNull();
    expect(fitOf("A (b)", "(b")).not.toBeNull();
    expect(fitOf("A b", ".")).toBeNull();
  });
  it("knows what names a payment", () => {
    for (const text of ["ann@example.org", "ch_3005ifnjwl5q", "<ann@example.org>", "order 101957", "4242"]) expect(namesSomething(text), text).toBe(true);
    for (const text of ["", "refunds", "a_b", "12"]) expect(namesSomething(text), text).toBe(false);
  });
});
