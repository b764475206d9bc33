/** `gpu-runner/local.ts` as a program: what `kiln local` starts. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { manifestSchema } from "../../../contract/manifest.ts";
import { listPids, readEnvironmentValue } from "../../../gpu-runner/process/proc-table.ts";
import { tempDir } from "./process/fixtures.ts";

const LOCAL = fileURLToPath(new URL("../../../gpu-runner/local.ts", import.meta.url));

type Message = Record<string, unknown> & { kind: string };
interface LocalProgram {
  readonly child: ChildProcess;
  readonly messages: Message[];
  readonly code: Promise<number>;
  /** Resolves at the first message that fits. */
  until(fits: (message: Message) => boolean): Promise<void>;
}

function start(request: unknown, workRoot: string): LocalProgram {
  const env = { PATH: process.env.PATH, HOME: workRoot, KILN_WORK_DIR: workRoot };
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", LOCAL], {
    stdio: ["pipe", "pipe", "inherit"],
    env,
  });
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    messages.push(JSON.parse(line));
    for (const wake of waiting) wake();
  });
  child.stdin.end(typeof request === "string" ? request : JSON.stringify(request));
  const until = (fits: (message: Message) => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => messages.some(fits) && resolve();
      waiting.add(look);
      look();
    });
  return { child, messages, until, code: once(child, "close").then(([code]) => code as number) };
}

async function setUp() {
  const dir = await tempDir();
  const [workRoot, outDir] = [join(dir, "work"), join(dir, "out")];
  await mkdir(workRoot);
  return { dir, workRoot, outDir };
}

/** Processes whose private home lies under `root`. */
const childrenUnder = (root: string) =>
  listPids().filter((pid) => readEnvironmentValue(pid, "TMPDIR")?.startsWith(root));

describe("the local runner", () => {
  test("writes the artifacts and the manifest, tells their paths, and leaves nothing else", async () => {
    const { dir, workRoot, outDir } = await setUp();
    await writeFile(join(dir, "in.bin"), "input");
    const request = {
      type: "echo",
      params: { text: "hi", ticks: 2, sleepMs: 50 },
      inputs: [join(dir, "in.bin")],
      outDir,
    };
    const { code, messages } = start(request, workRoot);
    expect(await code).toBe(0);
    const result = messages.at(-1);
    expect(result).toMatchObject({
      kind: "result",
      files: ["echo.txt", "input-1.bin", "manifest.json"].map((name) => join(outDir, name)),
    });
    expect((await readdir(outDir)).sort()).toEqual(["echo.txt", "input-1.bin", "manifest.json"]);
    expect(await readFile(join(outDir, "input-1.bin"), "utf8")).toBe("input");
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(outDir, "manifest.json"), "utf8")));
    expect(result?.manifest).toEqual(manifest);
    expect(messages.filter(({ kind }) => kind === "progress").length).toBeGreaterThan(2);
    expect(await readdir(workRoot)).toEqual([]);
  });

  test.each([
    ["a job that fails", { type: "echo", params: { fail: "input" }, inputs: [] }, 1, "input_invalid"],
    ["a child that crashes", { type: "echo", params: { crash: true }, inputs: [] }, 1, "engine_failed"],
    ["an unknown type", { type: "nope" }, 1, "unknown_job_type"],
    ["an unknown parameter", { type: "echo", params: { nope: 1 } }, 1, "invalid_request"],
    ["an input that is not there", { type: "echo", inputs: ["/no/such/file"] }, 1, "input_invalid"],
    ["a folder as input", { type: "echo", inputs: ["/tmp"] }, 1, "input_invalid"],
    ["an unknown key", { type: "echo", surprise: 1 }, 2, "invalid_request"],
  ])("%s: error, exit code, no files", async (_, request, exitCode, code) => {
    const { workRoot, outDir } = await setUp();
    const { code: exited, messages } = start({ ...request, outDir }, workRoot);
    expect(await exited).toBe(exitCode);
    expect(messages.at(-1)).toMatchObject({ kind: "error", code });
    expect(await readdir(outDir).catch(() => "absent")).toBe("absent");
    expect(await readdir(workRoot)).toEqual([]);
  });

  test("an empty input is refused before anything runs", async () => {
    const { dir, workRoot, outDir } = await setUp();
    await writeFile(join(dir, "empty.svg"), "");
    const { code, messages } = start({ type: "echo", inputs: [join(dir, "empty.svg")], outDir }, workRoot);
    expect(await code).toBe(1);
    expect(messages.at(-1)).toMatchObject({ code: "input_empty", message: expect.stringContaining("empty.svg") });
    expect(messages.filter(({ kind }) => kind === "progress")).toEqual([]);
  });

  test("a request that is not JSON is said to be so", async () => {
    const { workRoot } = await setUp();
    const { code, messages } = start("not json", workRoot);
    expect(await code).toBe(2);
    expect(messages.at(-1)).toMatchObject({ kind: "error", code: "invalid_request" });
  });

  test("SIGTERM stops the job, its children and what they leaked, and cleans up", async () => {
    const { workRoot, outDir } = await setUp();
    const request = { type: "echo", params: { leak: true, sleepMs: 60_000, ticks: 600 }, outDir };
    const { child, code, messages, until } = start(request, workRoot);
    await until(({ kind, percent }) => kind === "progress" && percent !== null);
    expect(childrenUnder(workRoot).length).toBeGreaterThanOrEqual(2);
    child.kill("SIGTERM");
    expect(await code).toBe(130);
    expect(messages.at(-1)).toMatchObject({ kind: "error", code: "canceled" });
    expect(childrenUnder(workRoot)).toEqual([]);
    expect(await readdir(workRoot)).toEqual([]);
    expect(await readdir(outDir).catch(() => "absent")).toBe("absent");
  }, 30_000);

  test("what a killed run leaves is removed by the next one", async () => {
    const { workRoot, outDir } = await setUp();
    const request = { type: "echo", params: { leak: true, sleepMs: 60_000, ticks: 600 }, outDir };
    const { child, code, until } = start(request, workRoot);
    await until(({ kind, percent }) => kind === "progress" && percent !== null);
    child.kill("SIGKILL");
    await code;
    expect(await readdir(workRoot)).not.toEqual([]);
    expect(await start({ type: "echo", outDir }, workRoot).code).toBe(0);
    expect(await readdir(workRoot)).toEqual([]);
    await expect.poll(() => childrenUnder(workRoot)).toEqual([]);
  }, 30_000);
});
