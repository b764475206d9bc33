/**
 * `image-to-svg` on real pictures and on hostile ones, through the same recipe as a leased attempt. What is asserted is
 * read from the files that came out, with programs other than the one that made them.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { encode as encodeBmp } from "bmp-ts";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engineSettings, loadLocalConfig } from "../../../gpu-runner/config.ts";
import { closeEngines, type Engines, makeEngines } from "../../../gpu-runner/engines/engines.ts";
import { runLocal } from "../../../gpu-runner/run-local.ts";
import { pixelBomb, truncatedPicture } from "../../helpers/hostile-files.ts";
import { samplePicture } from "../../helpers/samples.ts";

const run = promisify(execFile);
let engines: Engines;
let dir: string;
let numbered = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-svg-"));
  engines = makeEngines(engineSettings({ ...loadLocalConfig(), workRoot: dir }, 1, () => {}));
  engines.picture.warm();
});
afterAll(async () => {
  await closeEngines(engines);
  await rm(dir, { recursive: true });
});

interface Report {
  readonly preset: string;
  readonly width: number;
  readonly height: number;
  readonly paths: number;
  readonly colors: number;
  readonly bytes: number;
  readonly ssim: number;
  readonly deltaE: number;
  readonly tried: number;
  readonly settings: Record<string, unknown>;
}

async function trace(input: string, params: Record<string, unknown> = {}) {
  const outDir = join(dir, `out-${++numbered}`);
  const observer = { onProgress: () => {}, onLog: () => {} };
  const { manifest } = await runLocal(
    { type: "image-to-svg", params, inputs: [input], outDir },
    { engines, workRoot: dir, signal: AbortSignal.timeout(60_000), observer },
  );
  const svg = await readFile(join(outDir, "image.svg"), "utf8");
  return { manifest, report: manifest.report as unknown as Report, svg, path: (name: string) => join(outDir, name) };
}

async function save(name: string, bytes: Buffer | Sharp): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, Buffer.isBuffer(bytes) ? bytes : await bytes.png().toBuffer());
  return path;
}

/** librsvg's drawing of an SVG: not the program that measured it. */
async function drawn(path: string, width: number, height: number): Promise<Buffer> {
  const png = `${path}.png`;
  await run("rsvg-convert", ["--unlimited", "-w", String(width), "-h", String(height), "-o", png, path]);
  return await sharp(png).ensureAlpha().raw().toBuffer();
}

function pixel(rgba: Buffer, width: number, x: number, y: number): number[] {
  return [...rgba.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)];
}

/** Red, green, blue and white quarters, 80 × 60. */
const QUARTERS = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60"><path fill="#d01020" d="M0 0h40v30H0z"/><path fill="#10a030" d="M40 0h40v30H40z"/><path fill="#1030c0" d="M0 30h40v30H0z"/><path fill="#fff" d="M40 30h40v30H40z"/></svg>',
);
const quarters = () => sharp(QUARTERS).flatten();

describe("a photo", () => {
  test("becomes a small plain SVG that is like it, and the manifest says how much", async () => {
    const { manifest, report, svg, path } = await trace(samplePicture("chelsea.png"));
    expect(report).toMatchObject({ preset: "photo", width: 451, height: 300, bytes: Buffer.byteLength(svg) });
    expect(report.ssim).toBeGreaterThan(0.82);
    expect(report.deltaE).toBeLessThan(4);
    expect(report.bytes).toBeLessThan(130_000);
    expect(report.tried).toBeGreaterThan(1);
    expect(report.colors).toBe(svg.split("<path").length - 1);
    expect(manifest.warnings).toEqual([]);
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="451" height="300" viewBox="0 0 \d+ \d+">/,
    );
    expect(svg).not.toMatch(/<(?!\/?(svg|path|g)\b)|style=|href|script/);
    const preview = await sharp(path("preview.webp")).metadata();
    const before = await sharp(path("before.webp")).metadata();
    expect([preview.format, before.width, before.height]).toEqual(["webp", 451, 300]);
  });

  test("fits a largest size, and is warned of one that it can't fit", async () => {
    const small = await trace(samplePicture("chelsea.png"), { maxBytes: 20_000 });
    expect(small.svg.length).toBeLessThanOrEqual(20_000);
    expect(small.svg.length).toBeGreaterThan(8_000);
    expect(small.manifest.warnings).toEqual([]);
    const noise = { type: "gaussian" as const, mean: 128, sigma: 70 };
    const grain = sharp({ create: { width: 120, height: 120, channels: 3, background: "#888", noise } });
    const large = await trace(await save("grain.png", grain), { preset: "pixel-art", maxBytes: 1_000 });
    expect(large.svg.length).toBeGreaterThan(1_000);
    expect(large.manifest.warnings).toContainEqual(
      expect.stringMatching(/^The SVG has \d+ bytes: .* can't have 1000\./),
    );
  });

  test("reaches a fidelity asked for with little more than it needs", async () => {
    const { report } = await trace(samplePicture("coins.png"), { fidelity: 0.7 });
    expect(report.ssim).toBeGreaterThanOrEqual(0.7);
    expect(report.ssim).toBeLessThan(0.76);
  });

  test("uses only the colours of a palette", async () => {
    const { svg } = await trace(samplePicture("coins.png"), {
      preset: "poster",
      palette: ["#000", "#ffffff", "#c08040"],
    });
    const fills = new Set([...svg.matchAll(/fill="([^"]+)"/g)].map(([, fill]) => fill));
    expect([...fills].sort()).toEqual(["#c08040", "#fff"].sort());
  });
});

describe("a drawing", () => {
  test("in flat colours keeps them exactly, in a few hundred bytes, and librsvg draws the same", async () => {
    const { report, svg, path } = await trace(await save("quarters.png", quarters()));
    expect(svg.length).toBeLessThan(500);
    expect(report.colors).toBe(4);
    const rgba = await drawn(path("image.svg"), 80, 60);
    expect(pixel(rgba, 80, 10, 10)).toEqual([0xd0, 0x10, 0x20, 255]);
    expect(pixel(rgba, 80, 70, 10)).toEqual([0x10, 0xa0, 0x30, 255]);
    expect(pixel(rgba, 80, 10, 50)).toEqual([0x10, 0x30, 0xc0, 255]);
    expect(pixel(rgba, 80, 70, 50)).toEqual([255, 255, 255, 255]);
  });

  test("on nothing leaves out what is transparent", async () => {
    const ring = sharp(
      Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="120"><circle cx="60" cy="60" r="40" fill="none" stroke="#e07000" stroke-width="16"/></svg>',
      ),
    );
    const { path } = await trace(await save("ring.png", ring));
    const rgba = await drawn(path("image.svg"), 120, 120);
    expect([pixel(rgba, 120, 60, 60)[3], pixel(rgba, 120, 2, 2)[3]]).toEqual([0, 0]);
    expect(pixel(rgba, 120, 60, 20)).toEqual([0xe0, 0x70, 0, 255]);
  });

  test("of pixels, enlarged 20 times, becomes its squares, joined by colour", async () => {
    const cells = Buffer.from(
      Array.from({ length: 256 }, (_, i) => ((i * 7 + (i >> 4) * 3) % 5 < 2 ? [240, 200, 20] : [30, 20, 90])).flat(),
    );
    const sprite = sharp(cells, { raw: { width: 16, height: 16, channels: 3 } }).resize(320, 320, {
      kernel: "nearest",
    });
    const { report, svg, path } = await trace(await save("sprite.png", sprite));
    expect(report).toMatchObject({ preset: "pixel-art", colors: 2, ssim: 1, deltaE: 0 });
    expect(svg).toContain('viewBox="0 0 16 16"');
    expect(svg.split("<path").length - 1).toBe(2);
    const rgba = await drawn(path("image.svg"), 16, 16);
    for (let i = 0; i < 256; i++)
      expect([...rgba.subarray(4 * i, 4 * i + 3)]).toEqual([...cells.subarray(3 * i, 3 * i + 3)]);
  });

  test("in monochrome is one path by potrace in the colour asked for; inverted it is the rest", async () => {
    const input = samplePicture("horse.png");
    const params = { monochrome: true, color: "#204080" };
    const { report, svg, manifest, path } = await trace(input, { ...params, formats: ["svg", "pdf", "png"] });
    expect(report).toMatchObject({ preset: "monochrome", colors: 1 });
    expect(report.ssim).toBeGreaterThan(0.93);
    expect([...svg.matchAll(/fill="([^"]+)"/g)].map(([, fill]) => fill)).toEqual(["#204080"]);
    expect(manifest.versions).toMatchObject({
      potrace: expect.stringMatching(/^1\./),
      "rsvg-convert": expect.any(String),
    });
    expect((await readFile(path("image.pdf"))).subarray(0, 5).toString()).toBe("%PDF-");
    expect(await sharp(path("image.png")).metadata()).toMatchObject({ format: "png", width: 400, height: 328 });
    const inverted = await trace(input, { ...params, invert: true });
    const area = async (file: string) =>
      (await drawn(file, 400, 328)).reduce((sum, value, i) => sum + (i % 4 === 3 ? value : 0), 0) / 255;
    const both = (await area(path("image.svg"))) + (await area(inverted.path("image.svg")));
    expect(both / (400 * 328)).toBeCloseTo(1, 2);
  });
});

test("the background can be removed first: what is not the subject is left out", async () => {
  const { report, path, manifest } = await trace(samplePicture("chelsea.png"), { removeBackground: true, detail: 30 });
  expect(manifest.versions).toHaveProperty("rembg");
  expect(report.ssim).toBeGreaterThan(0.6);
  const rgba = await drawn(path("image.svg"), 451, 300);
  expect(pixel(rgba, 451, 5, 5)[3]).toBe(0);
  expect(pixel(rgba, 451, 225, 150)[3]).toBe(255);
}, 60_000);

describe("every format", () => {
  const quick = { preset: "logo" };

  test.each(["png", "jpeg", "webp", "gif", "tiff"] as const)(
    "%s is read by its content, whatever its name says",
    async (format) => {
      const input = await save(`picture-${format}.bmp`, await quarters().toFormat(format, { quality: 95 }).toBuffer());
      const { report, path } = await trace(input, quick);
      expect([report.width, report.height]).toEqual([80, 60]);
      const [r = 0, g = 0, b = 0] = pixel(await drawn(path("image.svg"), 80, 60), 80, 10, 10);
      expect(Math.abs(r - 0xd0) + Math.abs(g - 0x10) + Math.abs(b - 0x20)).toBeLessThan(40);
    },
  );

  test("BMP is read too", async () => {
    const rgba = await quarters().ensureAlpha().raw().toBuffer();
    const abgr = Buffer.from(rgba).fill(0);
    for (let i = 0; i < rgba.length; i += 4) for (let k = 0; k < 4; k++) abgr[i + k] = rgba[i + 3 - k] as number;
    const { data } = encodeBmp({ data: abgr, width: 80, height: 60, bitPP: 24 });
    const { svg } = await trace(await save("picture.bmp", Buffer.from(data)), quick);
    expect(svg).toContain('fill="#d01020"');
  });

  test("CMYK, 16 bits and a turned photo come out as they look", async () => {
    const cmyk = await save("cmyk.jpg", await quarters().toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer());
    const deep = await save("deep.png", await quarters().toColourspace("rgb16").png().toBuffer());
    const turned = await save(
      "turned.jpg",
      await quarters().withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer(),
    );
    for (const input of [cmyk, deep]) {
      const { path } = await trace(input, quick);
      const rgba = await drawn(path("image.svg"), 80, 60);
      const [r = 0, g = 0, b = 0] = pixel(rgba, 80, 10, 10);
      expect(r).toBeGreaterThan(150);
      expect(Math.max(g, b)).toBeLessThan(90);
      expect(Math.min(...pixel(rgba, 80, 70, 50))).toBeGreaterThan(240);
    }
    const { report, path } = await trace(turned, quick);
    expect([report.width, report.height]).toEqual([60, 80]);
    // A quarter turn to the right: what was top left is top right.
    const [r = 0, g = 0] = pixel(await drawn(path("image.svg"), 60, 80), 60, 50, 10);
    expect([r > 150, g < 90]).toEqual([true, true]);
  });

  test("of an animation the first frame is traced", async () => {
    const frames = Buffer.concat([
      Buffer.from(Array.from({ length: 1600 }, () => [200, 0, 0]).flat()),
      Buffer.from(Array.from({ length: 1600 }, () => [0, 0, 200]).flat()),
    ]);
    const gif = await sharp(frames, { raw: { width: 40, height: 80, channels: 3, pageHeight: 40 } })
      .gif()
      .toBuffer();
    const { report, svg } = await trace(await save("two-frames.gif", gif), quick);
    expect([report.width, report.height]).toEqual([40, 40]);
    expect(svg).toContain('fill="#c80000"');
  });
});

describe("odd pictures", () => {
  const plain = (width: number, height: number, alpha = 1) =>
    sharp({ create: { width, height, channels: 4, background: { r: 10, g: 90, b: 200, alpha } } });

  test.each([
    [1, 1],
    [1, 3000],
    [301, 7],
  ])("a plain one of %d × %d px is one rectangle", async (width, height) => {
    const { report, svg, path } = await trace(await save(`plain-${width}.png`, plain(width, height)));
    expect(report).toMatchObject({ width, height, paths: 1, colors: 1 });
    expect(report.ssim).toBeGreaterThan(0.999);
    expect(svg).toMatch(new RegExp(`width="${width}" height="${height}"`));
    expect(pixel(await drawn(path("image.svg"), width, height), width, 0, 0)).toEqual([10, 90, 200, 255]);
  });

  test("a fully transparent one is refused with a reason", async () => {
    const input = await save("clear.png", plain(50, 50, 0));
    await expect(trace(input)).rejects.toMatchObject({
      code: "nothing_to_draw",
      message: expect.stringContaining("transparent"),
    });
    await expect(trace(input, { monochrome: true })).rejects.toMatchObject({ code: "nothing_to_draw" });
  });

  test.each([
    ["a text", () => Buffer.from("no picture at all\n".repeat(30)), "input_invalid", "no picture"],
    ["an SVG", () => QUARTERS, "input_invalid", "SVG already"],
    ["a truncated PNG", () => truncatedPicture("png"), "input_invalid", "damaged or cut off"],
    ["a truncated JPG", () => truncatedPicture("jpeg"), "input_invalid", "damaged or cut off"],
    ["a bomb of 30,000 × 30,000 px", () => pixelBomb(), "input_too_large", "30000 × 30000"],
    ["a picture of 8,193 px", () => plain(8_193, 4).png().toBuffer(), "input_too_large", "8192 per side"],
  ])("%s is refused at once, with what to do", async (name, bytes, code, words) => {
    const input = await save(`${name.replaceAll(/\W/g, "-")}.png`, await bytes());
    await expect(trace(input)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });
});
