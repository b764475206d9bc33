/** What the demo takes and what it prints. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { logoTo3d } from "#contract/job-types/logo-to-3d.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import type { Manifest } from "#contract/manifest.ts";
import { readDemoInput } from "../../../../scripts/demo/demo-input.ts";
import { demoReport, table } from "../../../../scripts/demo/demo-report.ts";

const type = describeJobType(logoTo3d);
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "kiln-demo-test-"));
  writeFileSync(join(dir, "mine.PNG"), "x");
  writeFileSync(join(dir, "empty.svg"), "");
  writeFileSync(join(dir, "notes.txt"), "x");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("without a file the demo takes a logo of simple-icons, with parameters the job type knows", async () => {
  const { path, params } = await readDemoInput([], dir, type);
  expect(path).toContain("simple-icons");
  expect(logoTo3d.params.safeParse(params).success).toBe(true);
});

test("the user's own file is taken, from where the user is, in its own colours", async () => {
  const { path, params } = await readDemoInput(["mine.PNG"], dir, type);
  expect(basename(path)).toBe("mine.PNG");
  expect(params).not.toHaveProperty("color");
});

test.each([
  [["nope.svg"], "there is no such file"],
  [["."], "is not a file"],
  [["empty.svg"], "is empty"],
  [["notes.txt"], "must end in .svg, .png, .jpg, .jpeg"],
  [["mine.PNG", "mine.PNG"], "one file at most"],
  [["--depth-mm"], "one file at most"],
])("%j is refused with what to do", async (args, message) => {
  await expect(readDemoInput(args, dir, type)).rejects.toThrow(message);
});

test("the report lists every file with its size and every stage with its seconds", () => {
  const manifest = {
    timings: [
      { stage: "build", seconds: 1.25 },
      { stage: "export", seconds: 0.5 },
    ],
  } as Manifest;
  const files = [{ name: "model.glb", path: "out/model.glb", bytes: 75_600 }];
  const report = demoReport(type, manifest, files, { start: 2, job: 3, total: 6 });
  expect(report).toContain("out/model.glb  75.6 kB");
  expect(report).toMatch(/Building the solid +1\.25 s/);
  expect(report).toMatch(/Upload, queue, transfer, download +1\.25 s/);
  expect(report).toMatch(/Total +6\.00 s/);
});

test("a table aligns names to the left and figures to the right", () => {
  expect(
    table([
      ["a", "1 B"],
      ["long", "12 kB"],
    ]),
  ).toBe("  a       1 B\n  long  12 kB\n");
});
