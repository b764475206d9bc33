/**
 * A visitor makes a model of photos on the site: looks at the verdicts, overrides one, makes the model, reads the report, and makes it
 * again without sending anything a second time. Real stack, real engines, real browser.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Kiln } from "#client/kiln.ts";
import { type Stack, startStack } from "../../scripts/stack/stack.ts";
import { launchChromium } from "../helpers/chromium.ts";
import { turntable } from "../helpers/turntable.ts";
import { visitSite } from "../helpers/visitor.ts";

const TEST_TIMEOUT_MS = 240_000;
const MODEL_TIMEOUT_MS = 180_000;

let stateDir: string;
let stack: Stack;
let browser: Browser;
/** Good photos, then one that is blurred. */
let photos: string[];

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "kiln-e2e-"));
  const folder = join(await turntable(), "photos");
  // Neighbours: as many as a quick model needs.
  const good = (await readdir(folder))
    .sort()
    .slice(0, 10)
    .map((name) => join(folder, name));
  const blurred = join(stateDir, "shaken.jpg");
  await sharp(good[5]).blur(8).jpeg().toFile(blurred);
  photos = [...good, blurred];
  [stack, browser] = await Promise.all([
    startStack({ port: 0, stateDir, runners: 1, site: true, runnerEnv: { KILN_JOB_TYPES: "photogrammetry" } }),
    launchChromium(),
  ]);
}, TEST_TIMEOUT_MS);

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

const lastPart = (url: string): string => new URL(url).pathname.split("/").at(-1) as string;

test(
  "photos are looked at first, then become a model with a report, and another one without being sent again",
  async () => {
    const { page, requests } = await visitSite(browser, stack.url, "/photos");
    await page.getByLabel("Choose photos of one thing").setInputFiles(photos);
    await page.getByRole("button", { name: "Look at the photos" }).click();

    const good = photos.length - 1;
    await page
      .getByRole("heading", { level: 1, name: `Use ${good} of ${photos.length} photos` })
      .waitFor({ timeout: 60_000 });
    const shaken = page.getByRole("checkbox", { name: "Use shaken.jpg" });
    expect(await shaken.isChecked()).toBe(false);
    expect(await shaken.getAttribute("aria-describedby")).not.toBeNull();
    await page.getByRole("checkbox", { name: "Use v009.jpg" }).uncheck();
    await page.getByRole("heading", { level: 1, name: `Use ${good - 1} of ${photos.length} photos` }).waitFor();
    await page.getByRole("radio", { name: /^Preview/ }).check({ force: true });
    const sent = requests.filter((request) => request.startsWith("PUT")).length;
    expect(sent).toBe(photos.length);
    await page.getByRole("button", { name: "Make the model" }).click();

    await page.locator("model-viewer").waitFor({ timeout: MODEL_TIMEOUT_MS });
    const session = await page.evaluate(() => localStorage.getItem("kiln.session") ?? "");
    const kiln = new Kiln({ api: stack.url, session });
    const job = await kiln.job(lastPart(page.url()));
    expect(job).toMatchObject({
      state: "succeeded",
      params: { quality: "preview", until: "model", drop: ["v009.jpg"] },
      manifest: { report: { photos: photos.length, registered: good - 1 } },
    });
    const names = job.manifest?.artifacts.map(({ name }) => name) ?? [];
    for (const name of ["model.glb", "report.html", "preview.webp", "turntable.webp", "cameras.json"]) {
      expect(names).toContain(name);
    }
    const dropped = page.getByRole("list", { name: "Photos left out" });
    expect(await dropped.textContent()).toContain("shaken.jpg");

    await page.getByRole("radio", { name: "Report" }).check({ force: true });
    const report = page.frameLocator('iframe[title^="Report on"]');
    await report.getByRole("heading", { level: 1 }).waitFor();
    expect(await report.getByRole("heading", { name: /left out/i }).count()).toBeGreaterThan(0);

    // Nothing is sent again, and the cameras are taken from the first job.
    const again = await kiln.rerunJob(job.id, { params: { until: "cameras", formats: ["colmap"] } });
    for await (const event of kiln.events(again.id)) if (event.kind === "status" && event.data.error) break;
    const cameras = await kiln.job(again.id);
    expect(cameras).toMatchObject({ state: "succeeded", rerunOf: job.id });
    const log = (await kiln.logs(again.id)).lines.map(({ line }) => line);
    expect(log.join("\n")).toContain("cameras: taken from an earlier attempt");
    expect(requests.filter((request) => request.startsWith("PUT"))).toHaveLength(sent);
  },
  TEST_TIMEOUT_MS,
);
