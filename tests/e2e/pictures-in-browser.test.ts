/** A visitor traces a picture, cuts subjects out and animates a clip on the site: real stack, real engines, real browser. */
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stack, startStack } from "../../scripts/stack/stack.ts";
import { launchChromium } from "../helpers/chromium.ts";
import { sampleClip, samplePicture } from "../helpers/samples.ts";
import { dropFiles, visitSite } from "../helpers/visitor.ts";

const JOB_TIMEOUT_MS = 90_000;

const DRAWING = join(import.meta.dirname, "../../pages/public/sample-drawing.png");
/** Pixels of horse.png. */
const HORSE = { width: 400, height: 328 };

let stateDir: string;
let stack: Stack;
let browser: Browser;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "kiln-e2e-"));
  const runnerEnv = { KILN_JOB_TYPES: "image-to-svg,remove-background,animate" };
  [stack, browser] = await Promise.all([
    startStack({ port: 0, stateDir, runners: 1, site: true, runnerEnv }),
    launchChromium(),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

const visit = (path: string) => visitSite(browser, stack.url, path);

/** Clicks a download and answers the file. */
async function download(page: Page, name: string): Promise<Buffer> {
  const started = page.waitForEvent("download");
  await page.getByRole("link", { name: `Download ${name}` }).click();
  return readFile(await (await started).path());
}

/** The share of the frame, in percent, that the picture before takes: what is cut off it on the right is the rest. */
const splitOf = (page: Page): Promise<number> =>
  page
    .locator(".compare-before")
    .evaluate((side) => 100 - Number.parseFloat(getComputedStyle(side).clipPath.split(" ")[1] as string));

const sizeOf = (image: Locator): Promise<{ width: number; height: number }> =>
  image.evaluate(async (element) => {
    const picture = element as HTMLImageElement;
    await picture.decode();
    return { width: picture.naturalWidth, height: picture.naturalHeight };
  });

/** Alpha of a picture on the page: in its four corners, and the largest anywhere. */
const alphaOf = (image: Locator): Promise<{ corners: number[]; largest: number }> =>
  image.evaluate(async (element) => {
    const picture = element as HTMLImageElement;
    await picture.decode();
    const { naturalWidth: width, naturalHeight: height } = picture;
    const context = new OffscreenCanvas(width, height).getContext("2d") as OffscreenCanvasRenderingContext2D;
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const at = (x: number, y: number) => data[(y * width + x) * 4 + 3] as number;
    let largest = 0;
    for (let i = 3; i < data.length; i += 4) largest = Math.max(largest, data[i] as number);
    return { corners: [at(0, 0), at(width - 1, 0), at(0, height - 1), at(width - 1, height - 1)], largest };
  });

test("a dropped picture becomes an SVG that lies over it, can be looked at closely, copied and downloaded", async () => {
  const { page } = await visit("/svg");
  const zone = page.locator("label", { has: page.getByLabel("Choose a picture") });
  await dropFiles(page, zone, [samplePicture("horse.png")]);
  expect(await sizeOf(page.getByAltText("Your file, horse.png"))).toEqual(HORSE);
  await page.getByRole("button", { name: "Make an SVG" }).click();
  await page.getByRole("progressbar").waitFor({ timeout: 20_000 });

  const compare = page.locator(".compare");
  await compare.waitFor({ timeout: JOB_TIMEOUT_MS });
  const after = page.getByAltText("The SVG of horse.png");
  expect(await sizeOf(after)).toEqual(HORSE);
  expect(await sizeOf(page.getByAltText("The picture horse.png"))).toEqual(HORSE);

  // The line is moved by keys and by the pointer.
  expect(await splitOf(page)).toBe(50);
  const slider = page.getByRole("slider", { name: /Original and SVG/ });
  await slider.press("ArrowRight");
  await slider.press("PageUp");
  expect(await splitOf(page)).toBe(61);
  const frame = (await compare.boundingBox()) as NonNullable<Awaited<ReturnType<Locator["boundingBox"]>>>;
  const across = (share: number) => [frame.x + frame.width * share, frame.y + frame.height / 2] as const;
  await page.mouse.move(...across(0.61));
  await page.mouse.down();
  await page.mouse.move(...across(0.25), { steps: 4 });
  await page.mouse.up();
  expect(await splitOf(page)).toBeCloseTo(25, 0);

  // Closer: the SVG is laid out larger, so that it is drawn anew and not stretched.
  const whole = (await after.boundingBox())?.width as number;
  await page.mouse.wheel(0, -520);
  await expect.poll(async () => (await after.boundingBox())?.width).toBeGreaterThan(3 * whole);
  expect(await after.evaluate((element) => getComputedStyle(element).transform)).toBe("none");
  await page.getByRole("button", { name: /show all/ }).click();
  await expect.poll(async () => (await after.boundingBox())?.width).toBeCloseTo(whole, 0);

  const facts = await page.locator(".facts").textContent();
  expect(facts).toMatch(/\d paths?/);
  expect(facts).toMatch(/SSIM [01]\.\d{3}/);
  await page.getByRole("button", { name: "Copy SVG code" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const svg = (await download(page, "image.svg")).toString();
  expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 /);
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  // Not toBe: nobody wants to read the difference of two SVGs.
  expect(copied === svg, `${copied.length} characters were copied of ${svg.length}`).toBe(true);
});

test("one picture is cut out, then another with it before a background: only what is new is sent", async () => {
  const { page, requests } = await visit("/cutout");
  const zone = page.locator("label", { has: page.getByLabel("Choose pictures") });
  await dropFiles(page, zone, [samplePicture("astronaut.png")]);
  await page.getByRole("button", { name: "Cut out", exact: true }).click();
  const cutout = page.getByAltText("astronaut.png without its background");
  await cutout.waitFor({ timeout: JOB_TIMEOUT_MS });
  expect(await sizeOf(cutout)).toEqual({ width: 512, height: 512 });
  const alpha = await alphaOf(cutout);
  expect(alpha.largest).toBe(255);
  // The astronaut reaches down to the lower corners, not up to the left one.
  expect(alpha.corners[0]).toBe(0);
  await page.getByRole("radio", { name: "Black" }).check();
  const ground = page.locator(".compare-ground");
  expect(await ground.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe("rgb(0, 0, 0)");

  await page.getByRole("button", { name: "Change and run again" }).click();
  await page.getByAltText("Your file, astronaut.png").waitFor();
  await dropFiles(page, page.locator("label.drop-zone"), [samplePicture("coffee.png"), import.meta.filename]);
  await page.getByText(/pictures-in-browser\.test\.ts: This is a file of another kind\. Choose a PNG/).waitFor();
  expect(await page.getByRole("button", { name: /^Take out/ }).count()).toBe(2);
  await page.getByLabel("Background picture (optional)", { exact: true }).setInputFiles(samplePicture("rocket.jpg"));
  await page.getByRole("button", { name: "Remove rocket.jpg" }).waitFor();
  await page.getByRole("button", { name: "Cut out", exact: true }).click();

  const tile = page.getByRole("button", { name: "Compare coffee.png" });
  await tile.waitFor({ timeout: JOB_TIMEOUT_MS });
  expect(requests.filter((request) => request === "POST /v1/uploads")).toHaveLength(3);
  await tile.click();
  const small = page.getByAltText("coffee.png without its background");
  expect((await alphaOf(small)).corners).toEqual([255, 255, 255, 255]);
  await page.getByRole("button", { name: "Next picture" }).click();
  await page.getByAltText("astronaut.png without its background").waitFor();
  const zip = unzipSync(new Uint8Array(await download(page, "cutouts.zip")));
  expect(Object.keys(zip).toSorted()).toEqual(["astronaut.png", "coffee.png"]);
});

test("a clip becomes an animation that plays in every format asked for", async () => {
  const { page } = await visit("/animate");
  const zone = page.locator("label", { has: page.getByLabel("Choose a video or pictures") });
  await dropFiles(page, zone, [sampleClip("bikes.mp4")]);
  const clip = page.locator("video.display-picture");
  await expect.poll(() => clip.evaluate((video) => (video as HTMLVideoElement).videoWidth)).toBeGreaterThan(0);
  await page.getByRole("spinbutton", { name: "End" }).fill("0.6");
  await page.getByRole("spinbutton", { name: "Longest side" }).fill("160");
  await page.getByRole("checkbox", { name: "WebM" }).check();
  await page.getByRole("button", { name: "Animate", exact: true }).click();

  const animation = page.getByAltText("The animation of bikes.mp4");
  await animation.waitFor({ timeout: JOB_TIMEOUT_MS });
  const frames = await animation.evaluate(async (image) => {
    const data = await (await fetch((image as HTMLImageElement).src)).arrayBuffer();
    const decoder = new ImageDecoder({ data, type: "image/webp" });
    await decoder.tracks.ready;
    await decoder.completed;
    const colours = async (frameIndex: number) => {
      const { image: frame } = await decoder.decode({ frameIndex });
      const context = new OffscreenCanvas(16, 16).getContext("2d") as OffscreenCanvasRenderingContext2D;
      context.drawImage(frame, 0, 0, 16, 16);
      return [...context.getImageData(0, 0, 16, 16).data];
    };
    const count = decoder.tracks.selectedTrack?.frameCount ?? 0;
    return { count, first: await colours(0), last: await colours(count - 1) };
  });
  const facts = await page.locator(".player-facts").textContent();
  expect(facts).toContain(`${frames.count} frames`);
  expect(frames.count).toBeGreaterThan(5);
  expect(frames.first).not.toEqual(frames.last);
  // It moves on the page, too.
  const still = await animation.screenshot();
  await expect.poll(async () => still.equals(await animation.screenshot())).toBe(false);

  await page.getByRole("radio", { name: "WebM" }).check();
  const video = page.getByLabel("The animation of bikes.mp4");
  const playing = () => video.evaluate((element) => (element as HTMLVideoElement).currentTime);
  await expect.poll(playing).toBeGreaterThan(0);
  expect(await video.evaluate((element) => (element as HTMLVideoElement).videoWidth)).toBe(160);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByAltText("The first frame of bikes.mp4").waitFor();

  expect((await download(page, "animation.webp")).subarray(8, 12).toString()).toBe("WEBP");
  expect((await download(page, "animation.webm")).readUInt32BE(0)).toBe(0x1a45dfa3);
});

test("a result becomes the next job's input without being sent again; asked for once more, it is there already", async () => {
  const { page, requests } = await visit("/cutout");
  await dropFiles(page, page.locator("label", { has: page.getByLabel("Choose pictures") }), [
    samplePicture("horse.png"),
  ]);
  await page.getByRole("button", { name: "Cut out", exact: true }).click();
  await page.getByRole("heading", { name: /^Ready/ }).waitFor({ timeout: JOB_TIMEOUT_MS });
  const cutout = page.url();
  await page.getByRole("button", { name: "Make an SVG" }).click();
  await page.getByRole("heading", { name: "Image to SVG" }).waitFor();
  expect(await sizeOf(page.getByAltText("Your file, horse.png"))).toEqual(HORSE);
  await page.getByRole("radio", { name: /^Logo/ }).check();
  await page.getByRole("button", { name: "Make an SVG" }).click();
  await page.getByAltText("The SVG of horse.png").waitFor({ timeout: JOB_TIMEOUT_MS });
  expect(requests.filter((request) => request === "POST /v1/uploads")).toHaveLength(1);
  await page.getByRole("link", { name: "Made of: horse.png" }).click();
  await page.waitForURL(cutout);

  await page.getByRole("button", { name: "Keep", exact: true }).click();
  await page.getByText("Kept until you change it.").waitFor();
  await page.goBack();
  await page.getByRole("button", { name: "Change and run again" }).click();
  await page.getByRole("button", { name: "Make an SVG" }).click();
  await page.getByText("Made before: this result was there already.").waitFor();
  await page.getByRole("link", { name: /^2 .*The same again/ }).waitFor();
  expect((await download(page, "image.svg")).toString()).toMatch(/^<svg /);
});

test("three pictures dropped where one is taken become a batch, and one archive", async () => {
  const { page } = await visit("/svg");
  const names = ["fox.png", "hen.png", "hill.png"];
  const pictures = names.map((name) => join(stateDir, name));
  for (const picture of pictures) await copyFile(DRAWING, picture);
  await dropFiles(page, page.locator("label", { has: page.getByLabel("Choose a picture") }), pictures);
  await page.getByRole("radio", { name: /^Logo/ }).check();
  await page.getByRole("button", { name: "Make all 3" }).click();
  await page.getByRole("heading", { name: "All 3 are ready" }).waitFor({ timeout: JOB_TIMEOUT_MS });
  const batch = page.getByRole("list", { name: "Jobs of the batch" });
  expect(await batch.getByRole("link", { name: /Ready/ }).count()).toBe(3);
  const started = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download all" }).click();
  const zip = unzipSync(new Uint8Array(await readFile(await (await started).path())));
  const folders = new Set(Object.keys(zip).map((name) => name.split("/")[0]));
  expect([...folders].toSorted()).toEqual(["batch.json", "fox", "hen", "hill"]);
  await batch.getByRole("link", { name: /hen/ }).click();
  await page.getByAltText("The SVG of hen.png").waitFor();
  await page.getByRole("link", { name: "Its batch" }).click();
  await page.getByRole("link", { name: /and 2 more/ }).waitFor();
});
