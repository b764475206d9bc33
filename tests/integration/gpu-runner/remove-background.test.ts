/**
 * `remove-background` with the real rembg on real pictures, and against rembg itself. Needs the Python environment that
 * `npm run setup` makes.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { strToU8, unzipSync, type Zippable, zipSync } from "fflate";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engineSettings, loadLocalConfig } from "../../../gpu-runner/config.ts";
import { closeEngines, type Engines, makeEngines } from "../../../gpu-runner/engines/engines.ts";
import { runLocal } from "../../../gpu-runner/run-local.ts";
import { samplePicture } from "../../helpers/samples.ts";

const REFERENCE = fileURLToPath(new URL("../../fixtures/python/rembg_reference.py", import.meta.url));
const config = loadLocalConfig();
let engines: Engines;
let dir: string;
let numbered = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-cutout-"));
  engines = makeEngines(engineSettings({ ...config, workRoot: dir }, 1, () => {}));
  const probe = await engines.rembg.probe();
  if (!probe.ok) throw new Error(`${probe.missing} is missing: ${probe.fix}`);
  engines.rembg.warm();
  engines.picture.warm();
});
afterAll(async () => {
  await closeEngines(engines);
  await rm(dir, { recursive: true });
});

/** Runs the job; returns its manifest and a reader of its files. */
async function cutOut(inputs: string[], params: Record<string, unknown> = {}, roles: Record<string, string> = {}) {
  const outDir = join(dir, `out-${++numbered}`);
  const run = {
    engines,
    workRoot: dir,
    signal: AbortSignal.timeout(60_000),
    observer: { onProgress: () => {}, onLog: () => {} },
  };
  const { manifest } = await runLocal({ type: "remove-background", params, inputs, roles, outDir }, run);
  return { manifest, path: (name: string) => join(outDir, name), file: (name: string) => readFile(join(outDir, name)) };
}

/** The one channel of a mask. */
const maskOf = (picture: string | Buffer) => sharp(picture).toColourspace("b-w").raw().toBuffer();

async function rgbaOf(picture: string | Buffer) {
  const { data, info } = await sharp(picture).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Mean difference of alpha, and of colour as far as it is seen, in levels of 255. */
async function difference(a: string | Buffer, b: string | Buffer): Promise<{ alpha: number; color: number }> {
  const [left, right] = await Promise.all([rgbaOf(a), rgbaOf(b)]);
  expect([left.width, left.height]).toEqual([right.width, right.height]);
  const sum = { alpha: 0, color: 0 };
  const at = (data: Buffer, index: number) => data[index] as number;
  for (let i = 0; i < left.data.length; i += 4) {
    const [alphaLeft, alphaRight] = [at(left.data, i + 3), at(right.data, i + 3)];
    sum.alpha += Math.abs(alphaLeft - alphaRight);
    for (let c = i; c < i + 3; c++) {
      sum.color += Math.abs(at(left.data, c) * alphaLeft - at(right.data, c) * alphaRight) / 255;
    }
  }
  const pixels = left.width * left.height;
  return { alpha: sum.alpha / pixels, color: sum.color / pixels / 3 };
}

/** A sample picture made smaller, as PNG or JPG by the name's end. */
async function smaller(name: Parameters<typeof samplePicture>[0], side: number, as: string): Promise<string> {
  const path = join(dir, as);
  await sharp(samplePicture(name)).resize(side, side, { fit: "inside" }).toFile(path);
  return path;
}

/** Zips files under names; a text instead of a path is the file's content. */
async function makeZip(name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const entries: Zippable = {};
  for (const [entry, from] of Object.entries(files)) {
    entries[entry] = typeof from === "string" ? new Uint8Array(await readFile(from)) : from;
  }
  await writeFile(join(dir, name), zipSync(entries));
  return join(dir, name);
}

describe("the same pixels as rembg itself", () => {
  const CASES = [
    { edges: "as-is", alphaMatting: false, options: { putalpha: true } },
    { edges: "hard", alphaMatting: false, options: { putalpha: true, post_process_mask: true } },
    { edges: "clean", alphaMatting: false, options: { decontaminate: true } },
    { edges: "as-is", alphaMatting: true, options: { alpha_matting: true } },
  ];
  let pictures: string[];
  const referencePath = (picture: string, index: number) => join(dir, `reference-${index}-${basename(picture)}.png`);

  beforeAll(async () => {
    // Taken with the camera on its side: EXIF orientation 6.
    const onSide = join(dir, "cat-on-side.jpg");
    const turned = await sharp(samplePicture("chelsea.png")).rotate(270).toBuffer();
    await sharp(turned)
      .resize(300, 300, { fit: "inside" })
      .jpeg({ quality: 92 })
      .withMetadata({ orientation: 6 })
      .toFile(onSide);
    pictures = [await smaller("coffee.png", 400, "coffee-400.png"), onSide];
    const jobs = CASES.flatMap(({ options }, index) =>
      pictures.map((path) => ({ path, toPath: referencePath(path, index), options })),
    );
    await new Promise<void>((resolve, reject) => {
      const env = { ...process.env, U2NET_HOME: config.rembg.modelsDir };
      const child = execFile(config.rembg.python, ["-B", REFERENCE], { env }, (error) =>
        error ? reject(error) : resolve(),
      );
      child.stdin?.end(JSON.stringify(jobs));
    });
  });

  for (const [index, { edges, alphaMatting }] of CASES.entries()) {
    test(`edges ${edges}${alphaMatting ? ", alpha matting" : ""}: PNG, and JPG lying on its side`, async () => {
      for (const picture of pictures) {
        const { path } = await cutOut([picture], { edges, alphaMatting });
        const { alpha, color } = await difference(path("cutout.png"), referencePath(picture, index));
        expect(alpha, picture).toBeLessThanOrEqual(1);
        expect(color, picture).toBeLessThanOrEqual(1);
      }
    });
  }

  test("smooth edges keep rembg's contour, with half-transparent pixels only at it", async () => {
    const { path } = await cutOut([pictures[0] as string], { edges: "smooth", result: "mask" });
    const smooth = await maskOf(path("mask.png"));
    const { data: hard } = await rgbaOf(referencePath(pictures[0] as string, 1));
    const soft = smooth.filter((value) => value > 0 && value < 255).length;
    const other = smooth.filter((value, i) => value >= 128 !== (hard[i * 4 + 3] as number) >= 128).length;
    expect(soft).toBeGreaterThan(500);
    expect(soft).toBeLessThan(smooth.length * 0.02);
    expect(other).toBeLessThan(smooth.length * 0.001);
  });
});

describe("one picture", () => {
  test("a cut-out has straight alpha and nothing of the removed background, and its mask is that alpha", async () => {
    const { manifest, path } = await cutOut([samplePicture("astronaut.png")], { result: "both" });
    expect(manifest.artifacts.map(({ name }) => name)).toEqual([
      "cutout.png",
      "mask.png",
      "before.webp",
      "preview.webp",
    ]);
    expect(manifest.report).toMatchObject({
      model: "u2netp",
      licence: "Apache-2.0",
      provider: expect.stringMatching(/^CPU|CUDA$/),
      count: 1,
      pictures: [{ filename: "astronaut.png", width: 512, height: 512, pieces: 1, warnings: [] }],
    });
    expect(manifest.versions).toMatchObject({ rembg: "2.0.86", onnxruntime: expect.stringMatching(/^1\./) });
    const { data } = await rgbaOf(path("cutout.png"));
    const original = await rgbaOf(samplePicture("astronaut.png"));
    expect((await sharp(path("mask.png")).metadata()).channels).toBe(1);
    const mask = await maskOf(path("mask.png"));
    const count = { opaque: 0, gone: 0, wrong: 0 };
    for (let i = 0; i < mask.length; i++) {
      const pixel = data.subarray(i * 4, i * 4 + 4);
      if (pixel[3] !== mask[i]) count.wrong++;
      if (pixel[3] === 255 && ++count.opaque && !pixel.equals(original.data.subarray(i * 4, i * 4 + 4))) count.wrong++;
      if (pixel[3] === 0 && ++count.gone && pixel.readUInt32LE() !== 0) count.wrong++;
    }
    expect(count.wrong).toBe(0);
    expect(count.opaque).toBeGreaterThan(30_000);
    expect(count.gone).toBeGreaterThan(30_000);
  });

  test("an RGB colour profile stays with the values it belongs to, in PNG and WebP", async () => {
    const p3 = join(dir, "p3.jpg");
    await sharp(samplePicture("astronaut.png")).resize(200).withIccProfile("p3").jpeg({ quality: 95 }).toFile(p3);
    const { icc } = await sharp(p3).metadata();
    const original = await sharp(p3, { ignoreIcc: true } as object)
      .raw()
      .toBuffer();
    for (const format of ["png", "webp"]) {
      const { file } = await cutOut([p3], { format });
      const cutout = await file(`cutout.${format}`);
      expect((await sharp(cutout).metadata()).icc?.equals(icc as Buffer)).toBe(true);
      const { data } = await sharp(cutout, { ignoreIcc: true } as object)
        .raw()
        .toBuffer({ resolveWithObject: true });
      const opaque = [...Array(data.length / 4).keys()].filter((i) => data[i * 4 + 3] === 255);
      expect(opaque.length).toBeGreaterThan(1_000);
      const changed = opaque.filter(
        (i) => !data.subarray(i * 4, i * 4 + 3).equals(original.subarray(i * 3, i * 3 + 3)),
      );
      expect(changed).toEqual([]);
    }
  });

  test("crop, padding and the largest side are exact, and a transparent picture stays transparent where it was", async () => {
    // Half of the picture is made transparent: the subject ends there.
    const half = join(dir, "half.png");
    const { data, width, height } = await rgbaOf(samplePicture("coffee.png"));
    for (let i = 0; i < data.length; i += 4) if ((i / 4) % width < width / 2) data[i + 3] = 0;
    await sharp(data, { raw: { width, height, channels: 4 } })
      .png()
      .toFile(half);
    const { path } = await cutOut([half], { crop: true, paddingPercent: 10, maxSidePx: 240 });
    const cut = await rgbaOf(path("cutout.png"));
    expect(Math.max(cut.width, cut.height)).toBe(240);
    const visible = { left: cut.width, right: 0, top: cut.height, bottom: 0 };
    for (let y = 0; y < cut.height; y++) {
      for (let x = 0; x < cut.width; x++) {
        if ((cut.data[(y * cut.width + x) * 4 + 3] as number) < 12) continue;
        visible.left = Math.min(visible.left, x);
        visible.right = Math.max(visible.right, x);
        visible.top = Math.min(visible.top, y);
        visible.bottom = Math.max(visible.bottom, y);
      }
    }
    // 10 % of the longer side of the subject on each side: 240 / 1.2 = 200, so 20 px.
    const room = [visible.left, visible.top, cut.width - 1 - visible.right, cut.height - 1 - visible.bottom];
    for (const px of room) expect(Math.abs(px - 20)).toBeLessThanOrEqual(1);
  });

  test("a background picture covers the canvas, over the background colour, and the result is opaque", async () => {
    const red = join(dir, "red.png");
    await sharp({ create: { width: 40, height: 20, channels: 3, background: "#c01020" } })
      .png()
      .toFile(red);
    const cat = await smaller("chelsea.png", 200, "cat-200.png");
    const { path } = await cutOut([cat], { backgroundColor: "#00ff00" }, { background: red });
    const { hasAlpha } = await sharp(path("cutout.png")).metadata();
    expect(hasAlpha).toBe(false);
    const { data, width } = await rgbaOf(path("cutout.png"));
    expect([...data.subarray((width - 1) * 4, width * 4)]).toEqual([0xc0, 0x10, 0x20, 255]);
  });

  test("a shadow lies under the subject and changes none of its opaque pixels", async () => {
    const cup = await smaller("coffee.png", 240, "cup-240.png");
    const plain = await rgbaOf((await cutOut([cup])).path("cutout.png"));
    for (const shadow of ["drop", "ground"]) {
      const shaded = await rgbaOf((await cutOut([cup], { shadow })).path("cutout.png"));
      let [darker, changed] = [0, 0];
      for (let i = 0; i < plain.data.length; i += 4) {
        const before = plain.data.subarray(i, i + 4);
        const after = shaded.data.subarray(i, i + 4);
        if (before[3] === 255 && !after.equals(before)) changed++;
        if (before[3] === 0 && (after[3] as number) > 20) darker++;
      }
      expect(changed, shadow).toBe(0);
      expect(darker, shadow).toBeGreaterThan(300);
    }
  });

  test("an empty mask is told, with what to try", async () => {
    const nothing = join(dir, "nothing.png");
    await sharp({ create: { width: 60, height: 40, channels: 4, background: "#ffffff00" } })
      .png()
      .toFile(nothing);
    const { manifest } = await cutOut([nothing], { crop: true });
    expect(manifest.warnings).toEqual([
      expect.stringMatching(/^nothing\.png: no subject was found.*Try another model/),
    ]);
  });
});

describe("many pictures", () => {
  test("a zip comes back as a zip: folders and names kept, equal names told apart, other files left out, a damaged one named", async () => {
    const cat = await readFile(await smaller("chelsea.png", 160, "cat.png"));
    const cup = await smaller("coffee.png", 160, "cup.jpg");
    const zip = await makeZip("shop.zip", {
      "summer/cat.png": new Uint8Array(cat),
      "summer/cat.jpg": cup,
      "winter/Tasse Ä.jpg": cup,
      "notes.txt": strToU8("not a picture"),
      "winter/cut-off.png": new Uint8Array(cat.subarray(0, cat.length / 2)),
    });
    const { manifest, file } = await cutOut([zip], { result: "both", format: "webp" });
    const names = ["summer/cat", "summer/cat (2)", "winter/Tasse Ä"];
    expect(Object.keys(unzipSync(await file("cutouts.zip")))).toEqual(names.map((name) => `${name}.webp`));
    const masks = unzipSync(await file("masks.zip"));
    expect(Object.keys(masks)).toEqual(["summer/cat.png", "summer/cat (2).png", "winter/Tasse Ä.png"]);
    expect(await sharp(masks["summer/cat.png"]).metadata()).toMatchObject({ width: 160, channels: 1 });
    expect(manifest.artifacts.map(({ name }) => name)).toEqual([
      "cutouts.zip",
      "masks.zip",
      ...[1, 2, 3].map((n) => `before-000${n}.webp`),
      ...[1, 2, 3].map((n) => `after-000${n}.webp`),
      "preview.webp",
    ]);
    expect(manifest.warnings).toEqual([
      "Left out of shop.zip, because they are no pictures: notes.txt.",
      expect.stringMatching(/^winter\/cut-off\.png can't be decoded: it is damaged or cut off/),
    ]);
    const report = manifest.report as { count: number; pictures: { filename: string; error?: string }[] };
    expect(report.count).toBe(3);
    expect(report.pictures.map(({ filename }) => filename)).toEqual([
      "summer/cat.png",
      "summer/cat.jpg",
      "winter/Tasse Ä.jpg",
      "winter/cut-off.png",
    ]);
    expect(report.pictures[3]?.error).toMatch(/damaged/);
  });

  test("when none can be used the job fails and names the first", async () => {
    const texts = ["a.png", "b.png"].map((name) => join(dir, name));
    for (const path of texts) await writeFile(path, "no picture");
    await expect(cutOut(texts)).rejects.toMatchObject({
      code: "input_invalid",
      message: expect.stringMatching(/^None of the 2 pictures can be used\. The first one: a\.png is no picture/),
    });
  });

  test("a zip without pictures, and one damaged picture, are refused", async () => {
    const empty = await makeZip("empty.zip", { "readme.txt": strToU8("nothing here") });
    await expect(cutOut([empty])).rejects.toMatchObject({
      code: "input_invalid",
      message: expect.stringMatching(/empty\.zip holds no pictures/),
    });
    const cut = join(dir, "cut.jpg");
    await writeFile(cut, (await readFile(samplePicture("rocket.jpg"))).subarray(0, 20_000));
    await expect(cutOut([cut])).rejects.toMatchObject({
      code: "input_invalid",
      message: expect.stringMatching(/cut\.jpg can't be decoded/),
    });
  });
});

test("a model whose licence is not free is refused before anything is read", async () => {
  await mkdir(join(dir, "none"), { recursive: true });
  await expect(cutOut([samplePicture("coffee.png")], { model: "bria-rmbg" })).rejects.toMatchObject({
    code: "model_not_allowed",
    message: expect.stringMatching(/CC-BY-NC-4\.0.*KILN_ALLOW_NONCOMMERCIAL_MODELS/),
  });
});
