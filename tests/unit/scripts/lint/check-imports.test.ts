/** The import lint must fail on every kind of violation, and pass what the table allows. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkFile } from "../../../../scripts/lint/check-imports.ts";

const ROOT = join(import.meta.dirname, "../../../..");

describe("allowed imports pass", () => {
  test.each([
    ["contract/job.ts", 'import { z } from "zod"; import { A } from "./limits.ts";'],
    ["client/kiln.ts", 'import type { Job } from "#contract/job.ts";'],
    ["cli/run.ts", 'import { Kiln } from "#client/kiln.ts"; import { parseArgs } from "node:util";'],
    [
      "worker/durable/job.do.ts",
      'import { grant } from "../domain/lease.ts"; import { DurableObject } from "cloudflare:workers";',
    ],
    ["worker/index.ts", 'export { app } from "./app.ts"; import "./durable/job.do.ts";'],
    ["gpu-runner/engines/solid/solid.ts", 'import { OneShotPool } from "../../process/one-shot.ts";'],
    ["gpu-runner/process/spawn.ts", 'import { spawn } from "node:child_process";'],
    ["gpu-runner/config.ts", "export const pool = process.env.KILN_POOL;"],
    ["pages/src/app.tsx", 'import { Kiln } from "#client/kiln.ts"; export const A = () => <p>{1}</p>;'],
  ])("%s", (path, text) => {
    expect(checkFile(path, text)).toEqual([]);
  });
});

describe("a violation is named with its file", () => {
  test.each([
    ["contract may use zod only", "contract/job.ts", 'import { Hono } from "hono";', "package hono"],
    ["contract sees no other folder", "contract/job.ts", 'import "../worker/env.ts";', "worker/env.ts"],
    ["a type-only import counts", "client/kiln.ts", 'import type { Env } from "../worker/env.ts";', "worker/env.ts"],
    ["a dynamic import counts", "cli/run.ts", 'await import("../gpu-runner/local.ts");', "gpu-runner/local.ts"],
    ["an import type counts", "cli/run.ts", 'export type E = import("../worker/env.ts").Env;', "worker/env.ts"],
    ["a re-export counts", "pages/src/a.ts", 'export * from "../../worker/domain/job.ts";', "worker/domain/job.ts"],
    ["the domain is pure", "worker/domain/job.ts", 'import "cloudflare:workers";', "package cloudflare:workers"],
    ["the domain sees no storage", "worker/domain/job.ts", 'import "../storage/jobs.ts";', "worker/storage/jobs.ts"],
    ["storage sees no routes", "worker/storage/jobs.ts", 'import "../routes/jobs.ts";', "worker/routes/jobs.ts"],
    [
      "the runner never sees the Worker",
      "gpu-runner/attempt/attempt.ts",
      'import "../../worker/app.ts";',
      "worker/app.ts",
    ],
    ["engines never see jobs", "gpu-runner/engines/a.ts", 'import "../jobs/echo/recipe.ts";', "gpu-runner/jobs/echo"],
    ["process sees no engines", "gpu-runner/process/a.ts", 'import "../engines/engines.ts";', "gpu-runner/engines"],
    ["only process starts children", "gpu-runner/jobs/echo/a.ts", 'import "node:child_process";', "child process"],
    ["execa counts as starting a child", "gpu-runner/engines/a.ts", 'import { execa } from "execa";', "child process"],
    ["only config reads the environment", "gpu-runner/jobs/a.ts", "if (process.env.HOME) {}", "the environment"],
    [
      "only worker-client calls the Worker",
      "gpu-runner/attempt/attempt.ts",
      'await fetch("/x");',
      "calling the Worker",
    ],
    ["only storage uses D1 and R2", "worker/routes/a.ts", 'await c.env.DB.prepare("x");', "SQL and R2"],
    ["a module named utils says nothing", "cli/utils.ts", "export const a = 1;", '"utils"'],
    [
      "the attempt knows no loop",
      "gpu-runner/attempt/attempt.ts",
      'import "../lease-loop.ts";',
      "gpu-runner/lease-loop.ts",
    ],
    [
      "the loop knows no engine",
      "gpu-runner/lease-loop.ts",
      'import "./engines/engines.ts";',
      "gpu-runner/engines/engines.ts",
    ],
    ["a folder named common says nothing", "cli/common/a.ts", "export const a = 1;", '"common"'],
    ["a file over 400 lines is to be split", "cli/long.ts", "// line\n".repeat(401), "401 lines"],
    ["a file in no zone is to be given one", "elsewhere/a.ts", "export const a = 1;", "no zone"],
  ])("%s", (_title, path, text, expected) => {
    const violations = checkFile(path, text);
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain(path);
    expect(violations[0]).toContain(expected);
  });
});

test("the program exits 1 on a violation and 0 without one", () => {
  const root = mkdtempSync(join(tmpdir(), "kiln-lint-"));
  try {
    cpSync(join(ROOT, "scripts/lint"), join(root, "scripts/lint"), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
    writeFileSync(join(root, ".gitignore"), "node_modules\n");
    writeFileSync(join(root, "package.json"), '{"type":"module"}');
    execFileSync("git", ["init", "-q"], { cwd: root });
    const lint = () => spawnSync(process.execPath, ["scripts/lint/check-imports.ts"], { cwd: root, encoding: "utf8" });
    expect(lint().status).toBe(0);
    mkdirSync(join(root, "contract"));
    writeFileSync(join(root, "contract/bad.ts"), 'import "../worker/app.ts";\n');
    const failed = lint();
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain("contract/bad.ts: contract/ may not import worker/app.ts");
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
