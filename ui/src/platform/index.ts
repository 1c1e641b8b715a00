import { bridgePlatform } from "./bridge";
import { tauriPlatform } from "./tauri";
import type { Platform } from "./types";

declare global {
  interface Window {
    __TAURI_INTERNALS__?: unknown;
  }
}

function choose(): Platform {
  if (window.__TAURI_INTERNALS__ !== undefined) return tauriPlatform();
  // The constant is folded at build time: a release page does not contain the bridge at all.
  if (__BRIDGE__) return bridgePlatform();
  throw new Error("This page has no host.");
}

/** The host, chosen once at start-up. */
export const platform: Platform = choose();
