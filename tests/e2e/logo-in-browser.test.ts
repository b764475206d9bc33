/**
 * A logo becomes a model for a visitor of the site, and for a program that has installed the `kiln` package: real stack, real
 * Blender, real browser.
 */
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage } from "../../scripts/package/build-package.ts";
import { type Stack, startStack } from "../../scripts/stack/stack.ts";
import { accessibilityFaults } from "../helpers/accessibility.ts";
import { launchChromium } from "../helpers/chromium.ts";

const LOGO = join(import.meta.dirname, "../../node_modules/simple-icons/icons/github.svg");
/** `widthMm` of the preset that is chosen, in metres as GLB has it. */
const WIDTH_M = 0.04;

let stateDir: string;
let stack: Stack;
let browser: Browser;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "kiln-e2e-"));
  [stack, browser] = await Promise.all([startStack({ port: 0, stateDir, runners: 1, site: true }), launchChromium()]);
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

/** Drops a file as a mouse would: dragenter, dragover, drop, with the file in the DataTransfer. */
async function dropFile(page: Page, path: string, name: string, type: string): Promise<void> {
  const text = await readFile(path, "utf8");
  const dataTransfer = await page.evaluateHandle(
    (file) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([file.text], file.name, { type: file.type }));
      return transfer;
    },
    { text, name, type },
  );
  const zone = page.locator("label", { has: page.getByLabel("Choose a logo") });
  for (const event of ["dragenter", "dragover", "drop"]) await zone.dispatchEvent(event, { dataTransfer });
}

test("a dropped logo becomes a model by a preset, is shown in 3D, downloaded, and shared by a link", async () => {
  const page = await browser.newPage({ acceptDownloads: true });
  const complaints: string[] = [];
  const foreign: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(stack.url) && !/^(data|blob):/.test(url)) foreign.push(url);
  });
  await page.goto(stack.url);
  await dropFile(page, LOGO, "github.svg", "image/svg+xml");
  await page.getByLabel("Start from").selectOption({ label: "Key tag" });
  await page.getByRole("button", { name: "Make it 3D" }).click();

  // Progress is fed by the job's events; the stages are those of the job type.
  const progress = page.getByRole("progressbar");
  await progress.waitFor({ timeout: 20_000 });

  const model = page.locator("model-viewer");
  await model.waitFor({ timeout: 60_000 });
  await page.waitForFunction(
    () => (document.querySelector("model-viewer") as { loaded?: boolean } | null)?.loaded,
    null,
    {
      timeout: 60_000,
    },
  );
  const size = await model.evaluate((element) =>
    (element as unknown as { getDimensions(): { x: number } }).getDimensions(),
  );
  expect(size.x).toBeCloseTo(WIDTH_M, 4);

  const downloaded = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download model.stl" }).click();
  const stl = await (await downloaded).path();
  // Binary STL: an 80-byte header, the number of triangles, 50 bytes for each.
  const bytes = await readFile(stl);
  expect((await stat(stl)).size).toBe(84 + 50 * bytes.readUInt32LE(80));

  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = await page.getByLabel(/^Link until/).inputValue();
  expect(await accessibilityFaults(page)).toEqual([]);
  await seeAsStranger(page.url(), link, bytes, async () => {
    await page.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("button", { name: "Revoke for good?" }).click();
    await page.getByLabel(/^Link until/).waitFor({ state: "detached" });
  });

  expect(complaints).toEqual([]);
  expect(foreign).toEqual([]);
});

/** In another browser the job's own address shows nothing; the link shows the model, gives its file `stl`, and ends when it is revoked. */
async function seeAsStranger(job: string, link: string, stl: Buffer, revoke: () => Promise<void>): Promise<void> {
  const context = await browser.newContext({ acceptDownloads: true });
  const page = await context.newPage();
  await page.goto(job);
  await page.getByText("someone else’s").waitFor();
  const response = await page.goto(link);
  expect(response?.headers()["x-robots-tag"]).toBe("noindex");
  await page.locator("model-viewer").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await page.getByRole("button", { name: /run again|Keep|Share/ }).count()).toBe(0);
  const downloaded = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download model.stl" }).click();
  expect(stl.equals(await readFile(await (await downloaded).path()))).toBe(true);
  await revoke();
  await page.reload();
  await page.getByText("This link no longer works").waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  for (const path of ["/account", "/text", "/photos"]) {
    await page.goto(stack.url + path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await accessibilityFaults(page), path).toEqual([]);
  }
  await context.close();
}

test("the API's reference is at /docs, also on a phone, and asks no other host for anything", async () => {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  const complaints: string[] = [];
  const foreign: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(stack.url) && !/^(data|blob):/.test(url)) foreign.push(url);
  });
  const response = await page.goto(`${stack.url}/docs#tag/jobs/POST/v1/jobs`);
  expect(response?.headers()["content-security-policy"]).toContain("default-src 'self'");
  await page.getByRole("heading", { name: "Submit a job", exact: true }).waitFor({ timeout: 20_000 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  expect(complaints).toEqual([]);
  expect(foreign).toEqual([]);
  await page.close();
});

describe("the installed package", () => {
  const ROOT = join(import.meta.dirname, "../..");
  const run = promisify(execFile);
  let project: string;

  beforeAll(async () => {
    // As npm would lay it out; what `npm install` does with the tarball is npm's.
    project = await mkdtemp(join(tmpdir(), "kiln-installed-"));
    await buildPackage(join(project, "node_modules/kiln"));
    await symlink(join(ROOT, "node_modules/zod"), join(project, "node_modules/zod"));
    await writeFile(join(project, "package.json"), '{"type":"module"}');
    await copyFile(LOGO, join(project, "logo.svg"));
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  test("the examples of the client's README are typed and work", async () => {
    const readme = await readFile(join(project, "node_modules/kiln/README.md"), "utf8");
    const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code as string);
    // A block that imports begins a program; those after it go on with it.
    const programs: string[] = [];
    for (const block of blocks) programs.push(block.startsWith("import") ? block : `${programs.pop()}${block}`);
    const files = programs.map((_, i) => `example-${i}.ts`);
    await Promise.all(files.map((file, i) => writeFile(join(project, file), programs[i] as string)));
    const compiler = { module: "nodenext", target: "es2024", strict: true, noEmit: true, types: ["node"] };
    const typeRoots = [join(ROOT, "node_modules/@types")];
    await writeFile(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...compiler, typeRoots }, files }),
    );
    await run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc")], { cwd: project });
    const env = { ...process.env, KILN_URL: stack.url };
    const outputs = await Promise.all(
      files.map(async (file) => (await run(process.execPath, [file], { cwd: project, env })).stdout),
    );
    const [short, stdout] = outputs as [string, string];
    expect(short).toMatch(/^succeeded [1-9]\d+\n$/);
    expect(stdout).toMatch(/\n[1-9]\d+ bytes of STL\n/);
    expect(stdout).toMatch(/400 invalid_request null .*params\.depthMm/s);
    expect(stdout.trimEnd().endsWith("100 %")).toBe(true);
  });

  test("kiln runs a job, lists it and downloads it again", async () => {
    const env = { ...process.env, KILN_URL: stack.url, XDG_CONFIG_HOME: join(project, ".config"), INIT_CWD: "" };
    const kiln = async (...args: string[]) => {
      const program = join(project, "node_modules/kiln/cli/kiln.js");
      return (await run(process.execPath, [program, ...args], { cwd: project, env })).stdout;
    };
    expect(await kiln("run", "echo", "logo.svg", "-o", "out")).toContain("manifest.json");
    const original = await readFile(LOGO);
    expect(await readFile(join(project, "out/input-1.bin"))).toEqual(original);
    const job = JSON.parse(await kiln("jobs", "--json")) as { id: string; type: string };
    expect(job.type).toBe("echo");
    await kiln("download", job.id, "-o", "again");
    expect(await readFile(join(project, "again/input-1.bin"))).toEqual(original);
  });
});
