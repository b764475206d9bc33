/** The pictures of the benchmark: photos that scikit-image carries, logos drawn from CC0 packages, and drawings made here. */
import { join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import sharp from "sharp";
import { sampleFolder } from "../../tests/helpers/samples.ts";
import { loadLogos } from "../corpus/logo-sets.ts";

export interface BenchPicture {
  readonly name: string;
  readonly kind: "photo" | "logo" | "drawing";
  readonly path: string;
}

/** Of scikit-image: people, animals, things, textures, a scan, a drawn logo. */
const PHOTOS = [
  "astronaut.png",
  "brick.png",
  "camera.png",
  "chelsea.png",
  "coffee.png",
  "coins.png",
  "grass.png",
  "hubble_deep_field.jpg",
  "ihc.png",
  "logo.png",
  "motorcycle_left.png",
  "page.png",
  "retina.jpg",
  "rocket.jpg",
] as const;
/** Flat colours, thin lines, gradients, holes; on nothing. */
const LOGOS = [
  "chrome",
  "docker-icon",
  "figma",
  "firefox",
  "gitlab",
  "google-icon",
  "mastercard",
  "python",
  "react",
  "slack-icon",
];
/** In one colour on white. */
const SIMPLE_ICONS = ["apple", "github", "nasa", "wikipedia"];
const LOGO_SIDE_PX = 512;

/** All pictures, those that are made here as PNG files in `folder`. */
export async function benchPictures(folder: string): Promise<BenchPicture[]> {
  const photos = PHOTOS.map((file) => ({ name: file, kind: "photo" as const, path: join(sampleFolder(), file) }));
  const logos = [
    ...(await drawLogos("logos", LOGOS, folder)),
    ...(await drawLogos("simple-icons", SIMPLE_ICONS, folder)),
  ];
  return [...photos, ...logos, await pixelArt(folder), await lineArt(folder)];
}

async function drawLogos(
  set: "logos" | "simple-icons",
  names: readonly string[],
  folder: string,
): Promise<BenchPicture[]> {
  const all = new Map((await loadLogos(set)).map(({ name, svg }) => [name, svg]));
  return Promise.all(
    names.map(async (name) => {
      const svg = all.get(name);
      if (svg === undefined) throw new Error(`${set} has no logo ${name}`);
      // Colours on nothing, as logos come; those in black on white, as scans come.
      const ground = set === "simple-icons" ? { background: "#fff" } : {};
      return await write(`${name}.png`, "logo", draw(svg, ground), folder);
    }),
  );
}

function draw(svg: string, options: { background?: string } = {}): Buffer {
  return new Resvg(svg, { fitTo: { mode: "width", value: LOGO_SIDE_PX }, ...options }).render().asPng();
}

/** A 16 × 16 sprite, enlarged 20 times without smoothing. */
const SPRITE = [
  "......aaaa......",
  "....aabbbbaa....",
  "...abbccccbba...",
  "..abccccccccba..",
  "..abcdccccdcba..",
  ".abccdccccdccba.",
  ".abccccccccccba.",
  ".abceeccccEEcba.".toLowerCase(),
  ".abcceeeeeeccba.",
  ".abccceeeecccba.",
  "..abccccccccba..",
  "..abbccccccbba..",
  "...abbbccbbba...",
  "....aabbbbaa....",
  "......aaaa......",
  "................",
] as const;
const SPRITE_COLORS: Readonly<Record<string, readonly number[]>> = {
  ".": [0, 0, 0, 0],
  a: [60, 32, 24, 255],
  b: [214, 132, 24, 255],
  c: [255, 214, 64, 255],
  d: [24, 24, 40, 255],
  e: [190, 40, 48, 255],
};

async function pixelArt(folder: string): Promise<BenchPicture> {
  const rgba = Buffer.from(SPRITE.flatMap((row) => [...row].flatMap((cell) => SPRITE_COLORS[cell] ?? [])));
  const sprite = sharp(rgba, { raw: { width: 16, height: 16, channels: 4 } });
  return await write(
    "pixel-art.png",
    "drawing",
    await sprite.resize(320, 320, { kernel: "nearest" }).png().toBuffer(),
    folder,
  );
}

/** Dark strokes of several widths on paper, with the noise of a scan. */
async function lineArt(folder: string): Promise<BenchPicture> {
  const strokes = Array.from({ length: 14 }, (_, i) => {
    const y = 60 + 28 * i;
    const bend = 30 * Math.sin(i);
    return `<path d="M40 ${y} C 150 ${y - bend} 300 ${y + 2 * bend} 470 ${y - bend}" stroke-width="${1 + (i % 5)}"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512"><rect width="512" height="512" fill="#f7f5ee"/><g fill="none" stroke="#26221f">${strokes.join("")}<circle cx="256" cy="256" r="180" stroke-width="6"/><path d="M256 76 L420 350 H92 Z" stroke-width="4"/></g></svg>`;
  // The same grain every time, so that runs can be compared.
  const grain = Buffer.from(
    Array.from({ length: 512 * 512 }, (_, i) => 116 + ((Math.imul(i + 1, 2654435761) >>> 11) % 25)),
  );
  const noise = await sharp(grain, { raw: { width: 512, height: 512, channels: 1 } })
    .toColourspace("srgb")
    .png()
    .toBuffer();
  const scan = await sharp(draw(svg))
    .composite([{ input: noise, blend: "soft-light" }])
    .jpeg({ quality: 85 })
    .toBuffer();
  return await write("line-art.jpg", "drawing", scan, folder);
}

async function write(file: string, kind: BenchPicture["kind"], bytes: Buffer, folder: string): Promise<BenchPicture> {
  const path = join(folder, file);
  await sharp(bytes).toFile(path);
  return { name: file, kind, path };
}
