import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
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
    // The page is read from the disk of this machine, so one file is as good as ten.
    chunkSizeWarningLimit: 1_000,
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
