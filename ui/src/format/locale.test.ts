import { describe, expect, it } from "vitest";

import { readersLocale } from "./locale";

describe("the reader's locale", () => {
  it("is the system's, but for one in which thousands are not told apart", () => {
    expect(readersLocale("de-DE")).toBeUndefined();
    expect(readersLocale("en-US")).toBeUndefined();
    expect(readersLocale("en-US-u-va-posix")).toBe("en-US");
  });
});
