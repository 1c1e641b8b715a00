import { describe, expect, it } from "vitest";

import { mixesScripts, visible } from "./text";

describe("u02 text that hides or turns", () => {
  it("shows direction overrides in everything", () => {
    expect(visible("ch_\u202e321", "exact")).toBe("ch_⟦RLO⟧321");
    expect(visible("Ann\u202egpj.exe", "prose")).toBe("Ann⟦RLO⟧gpj.exe");
  });
  it("shows widthless characters where a text must be exact", () => {
    expect(visible("an\u200bn@x.io", "exact")).toBe("an⟦ZWSP⟧n@x.io");
    expect(visible("👩\u200d🚀", "prose")).toBe("👩\u200d🚀");
  });
  it("shows control characters", () => {
    expect(visible("a\nb\u0000\u007f\u0085", "prose")).toBe("a␊b␀␡⟦85⟧");
  });
  it("leaves ordinary letters of any script alone", () => {
    expect(visible("Łukasz Ωmega 株式会社 שלום", "exact")).toBe("Łukasz Ωmega 株式会社 שלום");
  });
  it("notices a look-alike letter", () => {
    expect(mixesScripts("pаypal@example.com")).toBe(true);
    expect(mixesScripts("paypal@example.com")).toBe(false);
    expect(mixesScripts("почта")).toBe(false);
  });
});
