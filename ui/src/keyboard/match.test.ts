import { describe, expect, it } from "vitest";

import { HOTKEYS, hotkey, type HotkeyId } from "#ui/hotkeys";
import en from "#ui/messages/en.json";

import { ariaShortcuts, caps, match, type Press } from "./match";

const press = (key: string, with_: Partial<Press> = {}): Press => ({
  key, code: /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...with_,
});
const all = () => true;

describe("hotkeys", () => {
  it("have distinct keys, and none is the beginning of another", () => {
    const keys = (Object.keys(HOTKEYS) as HotkeyId[]).flatMap((id) => hotkey(id).keys);
    expect(new Set(keys).size).toBe(keys.length);
    for (const one of keys) for (const other of keys) expect(one !== other && other.startsWith(`${one} `)).toBe(false);
  });

  it("have a name in the message file", () => {
    for (const id of Object.keys(HOTKEYS) as HotkeyId[]) expect(en).toHaveProperty([hotkey(id).name]);
  });

  it("follow a sequence and forget a wrong one", () => {
    const first = match("", press("g"), all);
    expect(first).toEqual({ found: "prefix", so_far: "g" });
    expect(match("g", press("r"), all)).toEqual({ found: "hotkey", id: "goRefunds" });
    expect(match("", press("r"), all)).toEqual({ found: "hotkey", id: "refund" });
    expect(match("g", press("j"), all)).toEqual({ found: "hotkey", id: "nextRow" });
    expect(match("g", press("7"), all)).toEqual({ found: "none" });
  });

  it("read chords on any layout", () => {
    expect(match("", press("å", { code: "KeyA", altKey: true }), all)).toEqual({ found: "hotkey", id: "allThatIsLeft" });
    expect(match("", press("Enter", { metaKey: true }), all)).toEqual({ found: "hotkey", id: "submit" });
    expect(match("", press("Enter", { ctrlKey: true }), all)).toEqual({ found: "hotkey", id: "submit" });
  });

  it("leave the browser's own chords alone", () => {
    expect(match("", press("r", { ctrlKey: true }), all)).toEqual({ found: "none" });
    expect(match("", press("c", { ctrlKey: true }), all)).toEqual({ found: "none" });
  });

  it("rest where nothing listens", () => {
    expect(match("", press("r"), (id) => id !== "refund")).toEqual({ found: "none" });
  });

  it("are shown and announced as they are pressed", () => {
    expect(caps("Mod+Enter", false)).toEqual(["Ctrl", "Enter"]);
    expect(caps("g p", false)).toEqual(["G", "P"]);
    expect(ariaShortcuts("submit")).toBe("Control+Enter");
    expect(ariaShortcuts("goRefunds")).toBeUndefined();
  });
});
