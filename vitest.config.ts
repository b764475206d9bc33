/**
 * The test suites, one vitest project each:
 *   unit         plain Node, no network, no children        tests/unit mirrors the source
 *   contract     what contract/ promises to both sides      tests/contract
 *   worker       the Worker inside workerd                  tests/integration/worker
 *   integration  the runner with real child processes       tests/integration/gpu-runner
 *   e2e          the whole stack, with headless Chromium     tests/e2e
 * Projects run one after the other (groupOrder), two files at a time, so that tests of real processes have the processors to
 * themselves.
 * `npx vitest run --project unit` runs one of them; `npm test` sets up and runs all.
 */
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { NO_LIMITS } from "./scripts/stack/no-limits.ts";

if (Number(process.versions.node.split(".")[0]) < 22) {
  throw new Error(`vitest needs Node 22, this is ${process.version}; \`npx vitest …\` runs on the one in node_modules`);
}

const root = import.meta.dirname;
const ENGINE_TEST_TIMEOUT_MS = 60_000;
const E2E_TEST_TIMEOUT_MS = 120_000;
const BROWSER_POLL_TIMEOUT_MS = 20_000;

export default defineConfig({
  test: {
    // As many as the processors of the smallest machine that this is meant for; vitest would take one fewer.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          root,
          environment: "node",
          include: ["tests/unit/**/*.test.ts"],
          // They keep nothing between files: a third of their time is saved.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "contract",
          root,
          environment: "node",
          include: ["tests/contract/**/*.test.ts"],
          // They keep nothing between files: a third of their time is saved.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              // Tests drive alarms and read secrets themselves; nothing here is used outside tests.
              bindings: {
                ...NO_LIMITS,
                TEST_MIGRATIONS: await readD1Migrations(`${root}/migrations`),
                SIGNING_KEYS: `new:${btoa("n".repeat(32))},old:${btoa("o".repeat(32))}`,
                RUNNER_KEY: "runner-key-for-tests-0123456789abcdef",
                ADMIN_KEY: "admin-key-for-tests-0123456789abcdef0",
                KEY_PEPPER: "pepper-for-tests-0123456789abcdef0123",
                ACCESS_TEAM_DOMAIN: "kiln-tests.cloudflareaccess.com",
                ACCESS_AUD: "aud-of-another-application,aud-for-tests",
              },
            },
          })),
        ],
        test: {
          name: "worker",
          root,
          include: ["tests/integration/worker/**/*.test.ts"],
          sequence: { groupOrder: 1 },
          // workerd waits more than it works: more files at a time than there are processors.
          maxWorkers: 4,
          setupFiles: ["tests/helpers/apply-migrations.ts"],
          // itty-durable's ESM build lacks "type": "module", so it must be bundled before workerd can load it.
          deps: { optimizer: { ssr: { enabled: true, include: ["itty-durable"] } } },
        },
      },
      {
        test: {
          name: "integration",
          root,
          environment: "node",
          include: ["tests/integration/gpu-runner/**/*.test.ts"],
          sequence: { groupOrder: 2 },
          testTimeout: ENGINE_TEST_TIMEOUT_MS,
          hookTimeout: ENGINE_TEST_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: "e2e",
          root,
          environment: "node",
          include: ["tests/e2e/**/*.test.ts"],
          sequence: { groupOrder: 3 },
          globalSetup: ["tests/helpers/built-site.ts"],
          // What a busy browser does is waited for; a second, vitest's own measure, is too short for it.
          expect: { poll: { timeout: BROWSER_POLL_TIMEOUT_MS } },
          testTimeout: E2E_TEST_TIMEOUT_MS,
          hookTimeout: E2E_TEST_TIMEOUT_MS,
        },
      },
    ],
  },
});
