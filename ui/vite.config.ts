import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** What the window reads before it shows anything, compressed, in kilobytes. */
const FIRST_SCRIPT_LIMIT_KB = 250;

/** Fails a build whose first script, with all that it imports at once, has grown too large. */
function firstScriptLimit(): Plugin {
  return {
    name: "first-script-limit",
    generateBundle(_options, bundle) {
      const first = new Set<string>();
      const take = (file: string): void => {
        const chunk = bundle[file];
        if (chunk?.type !== "chunk" || first.has(file)) return;
        first.add(file);
        chunk.imports.forEach(take);
      };
      for (const [file, chunk] of Object.entries(bundle)) if (chunk.type === "chunk" && chunk.isEntry) take(file);
      const bytes = [...first].reduce((sum, file) => { const chunk = bundle[file]; return chunk?.type === "chunk" ? sum + gzipSync(chunk.code).length : sum; }, 0);
      const words = `the first script has ${(bytes / 1000).toFixed(0)} kB compressed, of at most ${FIRST_SCRIPT_LIMIT_KB}`;
      if (first.size === 0) this.error("The build has no first script to measure.");
      if (bytes > FIRST_SCRIPT_LIMIT_KB * 1000) this.error(`${words}; load what the window does not open with by its page.`);
      this.info(words);
    },
  };
}

export default defineConfig({
  plugins: [react(), firstScriptLimit()],
  define: { __BRIDGE__: JSON.stringify(process.env["VITE_BRIDGE"] === "1") },
  resolve: {
    alias: [{ find: /^#ui\//, replacement: fileURLToPath(new URL("./src/", import.meta.url)) }],
  },
  // The address that tauri.conf.json names; a port that is taken must fail rather than move.
  server: { host: "127.0.0.1", port: 1420, strictPort: true },
  build: {
    outDir: "dist",
    // WebKitGTK 2.40 is Safari 16.4.
    target: "safari16.4",
    // The content policy allows no data: images, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One sheet, so that which page was opened first changes nothing about which rule wins.
    cssCodeSplit: false,
    // The page is read from the disk of this machine, so one file is as good as ten.
    chunkSizeWarningLimit: 1_000,
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
