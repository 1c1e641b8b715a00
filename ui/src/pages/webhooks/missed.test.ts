import { describe, expect, it } from "vitest";

import { readSeen, unseen, withSeen } from "./missed";

const gap = (account: string, until: string) => ({ account, until });

describe("what was missed", () => {
  it("is seen for the account that it was missed of", () => {
    const seen = withSeen({}, [gap("shop", "2026-11-02"), gap("shop", "2026-11-01")]);
    expect(seen).toEqual({ shop: "2026-11-02" });
    const earlierOfAnother = gap("branch", "2026-11-01");
    expect(unseen([gap("shop", "2026-11-02"), earlierOfAnother, gap("shop", "2026-11-03")], seen)).toEqual([earlierOfAnother, gap("shop", "2026-11-03")]);
    expect(withSeen(seen, [gap("shop", "2026-10-01")])).toEqual(seen);
  });
  it("is told again where nothing was written down that reads", () => {
    for (const text of [null, "", "2026-11-02T00:00:00Z", "null", "[1]", '{"shop":7}']) expect(readSeen(text), String(text)).toEqual({});
    expect(readSeen('{"shop":"2026-11-02"}')).toEqual({ shop: "2026-11-02" });
  });
});
