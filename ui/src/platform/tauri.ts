import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWindow } from "@tauri-apps/api/window";

import type { Environment, Notice } from "#ui/bindings/contract";

import { readClipboard, writeClipboard } from "./clipboard";
import { isEnvironment, type Platform } from "./types";

/** The desktop window. Its label, which the backend gave it, says which environment it is for. */
export function tauriPlatform(): Platform {
  const name = getCurrentWindow().label.replace(/^main-/, "");
  // An unknown label must not become the live window by accident.
  const own: Environment = isEnvironment(name) ? name : "sandbox";
  return {
    environment: () => own,
    openEnvironment: (environment) => invoke("open_environment", { environment }),
    call: (endpoint, request) => invoke(endpoint, { request }),
    listen(heard) {
      let stopped = false;
      let unlisten: (() => void) | undefined;
      // Without a target a page hears what is said to every window, also to that of live money.
      void listen<Notice>("notice", (event) => heard(event.payload), { target: getCurrentWindow().label }).then((stop) => {
        if (stopped) stop();
        else unlisten = stop;
      });
      return () => {
        stopped = true;
        unlisten?.();
      };
    },
    writeClipboard,
    readClipboard,
  };
}
