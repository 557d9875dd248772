import { defineConfig, mergeConfig } from "vitest/config";
import vite from "./vite.config.ts";

// Beside vite.config.ts, because a build installs no vitest.
export default mergeConfig(
  vite,
  defineConfig({
    test: {
      environment: "happy-dom",
      include: ["src/**/*.test.{ts,tsx}"],
      restoreMocks: true,
    },
  }),
);
