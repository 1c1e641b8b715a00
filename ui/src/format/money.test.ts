import { describe, expect, it } from "vitest";

import { compareMinor, digitsOf, exponentOf, formatMoney, perMille, plainAmount, readAmount, subtractMinor } from "./money";

const text = (minor: string, currency: string, exponent: number) =>
  formatMoney({ minor, currency }, exponent, "en-US").replaceAll("\u00a0", " ");

describe("amounts", () => {
  it.each([
    ["1999", "USD", 2, "$19.99"],
    ["5", "USD", 2, "$0.05"],
    ["-50", "USD", 2, "-$0.50"],
    ["-1999", "USD", 2, "-$19.99"],
    ["0", "USD", 2, "$0.00"],
    ["1200", "JPY", 0, "¥1,200"],
    ["12345", "KWD", 3, "KWD 12.345"],
    ["150000", "ISK", 2, "ISK 1,500"],
    ["150050", "ISK", 2, "ISK 1,500.50"],
    ["922337203685477580799", "USD", 2, "$9,223,372,036,854,775,807.99"],
  ])("%s minor units of %s with %i decimals read %s", (minor, currency, exponent, wanted) => {
    expect(text(minor, currency, exponent)).toBe(wanted);
  });

  it("keeps every digit beyond 2^53", () => {
    expect(text("9007199254740993", "USD", 2)).toBe("$90,071,992,547,409.93");
  });

  it("follows the reader's locale", () => {
    expect(formatMoney({ minor: "123456", currency: "EUR" }, 2, "de-DE").replaceAll("\u00a0", " ")).toBe("1.234,56 €");
  });

  it("shows what is no amount or no currency as it came", () => {
    expect(text("12.5", "USD", 2)).toBe("12.5 USD");
    expect(text("500", "no money", 2)).toBe("5.00 no money");
    expect(digitsOf("1e3", 2)).toBeNull();
  });

  it("takes the vendor's exceptions and two decimals otherwise", () => {
    const exponents = [{ vendor: "stripe", exceptions: [["JPY", 0], ["KWD", 3]] as [string, number][] }];
    expect(exponentOf(exponents, "jpy")).toBe(0);
    expect(exponentOf(exponents, "KWD")).toBe(3);
    expect(exponentOf(exponents, "USD")).toBe(2);
    expect(exponentOf([], "USD")).toBe(2);
  });
});

describe("what is typed", () => {
  it.each([
    ["5", 2, "500"],
    ["5.0", 2, "500"],
    [" 19.99 ", 2, "1999"],
    ["0.05", 2, "5"],
    ["1200", 0, "1200"],
    ["1.5", 3, "1500"],
  ])("%s with %i decimals is %s", (typed, exponent, minor) => {
    expect(readAmount(typed, exponent)).toEqual({ kind: "amount", minor });
  });

  it.each([
    ["12.99", 0, "decimals"],
    ["1.999", 2, "decimals"],
    ["5,00", 2, "comma"],
    ["1e3", 2, "shape"],
    ["-5", 2, "shape"],
    ["+5", 2, "shape"],
    ["1,000.00", 2, "shape"],
    ["٥", 2, "shape"],
    ["5.", 2, "shape"],
    ["0.00", 2, "zero"],
    ["\u202e5.00", 2, "shape"],
  ])("%s with %i decimals is refused: %s", (typed, exponent, why) => {
    expect(readAmount(typed, exponent)).toEqual({ kind: "wrong", why });
  });

  it("round-trips through what is sent", () => {
    expect(plainAmount("1999", 2)).toBe("19.99");
    expect(plainAmount("5", 3)).toBe("0.005");
    expect(plainAmount("1200", 0)).toBe("1200");
  });
});

describe("sums for the screen", () => {
  it("compares and subtracts without losing a digit", () => {
    expect(compareMinor("9007199254740993", "9007199254740992")).toBe(1);
    expect(compareMinor("5", "5")).toBe(0);
    expect(subtractMinor("9007199254740993", "1")).toBe("9007199254740992");
  });

  it("never draws outside the chart", () => {
    expect(perMille("500", 1000n)).toBe(500);
    expect(perMille("-5", 1000n)).toBe(0);
    expect(perMille("5", 0n)).toBe(0);
  });
});
