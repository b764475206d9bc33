/** Builds the site into pages/dist. `vite pages` serves it for development and passes API calls to a running Kiln. */
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm start` listens by default. */
const API = "http://127.0.0.1:8787";
/** The Worker's own paths (`run_worker_first` in wrangler.toml); everything else is the site. */
const API_PATHS = ["/v1", "/files", "/health", "/api", "/openapi.json"];

/** Its package does not export it by name. Bundled anew, it would be 280 packages. */
const SCALAR = join(import.meta.dirname, "../node_modules/@scalar/api-reference/dist/browser/standalone.js");

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  resolve: { alias: [{ find: /^scalar-standalone/, replacement: SCALAR }] },
  server: { host: "127.0.0.1", proxy: Object.fromEntries(API_PATHS.map((path) => [path, { target: API, ws: true }])) },
  build: {
    outDir: "dist",
    rollupOptions: { input: ["index.html", "docs.html"].map((page) => join(import.meta.dirname, page)) },
    emptyOutDir: true,
    target: "es2022",
    // The 3D viewer alone is about 1 MB; it is loaded when the first model is on its way.
    chunkSizeWarningLimit: 1_200,
    // Data URLs would need a looser content security policy.
    assetsInlineLimit: 0,
  },
});
