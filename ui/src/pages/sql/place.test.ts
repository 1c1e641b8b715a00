import { expect, test } from "vitest";

import { offsetOf } from "./place";

test("a place is found over lines and wide characters", () => {
  const text = "select '😀' a,\nfrom v";
  expect(text.slice(offsetOf(text, 2, 1))).toBe("from v");
  expect(text.slice(offsetOf(text, 1, 12))).toBe("a,\nfrom v");
  expect(offsetOf(text, 9, 1)).toBe(text.length);
});
