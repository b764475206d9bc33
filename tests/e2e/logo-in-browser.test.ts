/** A visitor drops a logo on the site and gets a model: real stack, real Blender, real browser. */
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stack, startStack } from "../../scripts/stack/stack.ts";
import { launchChromium } from "../helpers/chromium.ts";

const LOGO = join(import.meta.dirname, "../../node_modules/simple-icons/icons/github.svg");
/** The job type's default `widthMm`, in metres as GLB has it. */
const WIDTH_M = 0.08;

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

test("a dropped logo becomes a model that is shown in 3D and can be downloaded", async () => {
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

  expect(complaints).toEqual([]);
  expect(foreign).toEqual([]);
});

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
