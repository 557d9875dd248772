import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const server = process.env.MICROGRAPH_URL ?? "http://127.0.0.1:8080";
const routes = [
  "graphql",
  "tiles",
  "thumbnails",
  "histograms",
  "regions",
  "plates",
  "figures",
  "export",
  "archive",
  "health",
  "login",
  "session",
  "uploads",
];

// light-dark(), :has() and container queries are used as they are: no older browser is promised.
const browsers = ["chrome123", "firefox121", "safari17.5"];

/** Sheets come in the order of their chunks, and the first one settles the order of the layers. */
const layers: Plugin = {
  name: "layers",
  enforce: "post",
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === "asset" && file.fileName.endsWith(".css"))
        file.source = `@layer tokens,base,ui;${String(file.source)}`;
    }
  },
};

export default defineConfig({
  root: here("."),
  plugins: [react(), layers],
  build: {
    outDir: here("../app/static"),
    emptyOutDir: true,
    target: browsers,
    cssTarget: browsers,
    // Data URLs would need a wider font-src and hide sizes from the size check.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Monaco's chunks are big and only the developer page loads them.
    chunkSizeWarningLimit: 4096,
    reportCompressedSize: false,
    manifest: "manifest.json",
    rolldownOptions: {
      input: { client: here("index.html"), graphiql: here("graphiql.html") },
      // GraphiQL's files carry hints for the React compiler, which nothing here reads.
      onLog: (level, log, report) => {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
      },
    },
  },
  worker: { format: "es" },
  server: {
    proxy: Object.fromEntries(
      routes.map((name) => [
        `/${name}`,
        {
          target: server,
          // A browser that asks for a page gets the page; everything else is the server's.
          bypass: (request: { headers: Record<string, string | string[] | undefined> }) =>
            name !== "login" && String(request.headers.accept).includes("text/html")
              ? name === "graphql"
                ? "/graphiql.html"
                : "/index.html"
              : undefined,
        },
      ]),
    ),
  },
});
