/** Pictures become drawings: background left out, colours few and right, bad files refused. */
import sharp from "sharp";
import { expect, test } from "vitest";
import { readBitmap } from "../../../../../gpu-runner/engines/solid/bitmap/read-bitmap.ts";
import { areasOf, boxOf, svg } from "./drawing-facts.ts";

/** A picture of an SVG body in 100 × 100, `side` pixels wide; transparent unless a background is given. */
function picture(body: string, side: number, background?: string) {
  const image = sharp(svg(body, `viewBox="0 0 100 100" width="${side}" height="${side}"`));
  return background ? image.flatten({ background }) : image;
}

const LOGO =
  '<circle cx="50" cy="50" r="40" fill="#e01010"/><rect x="40" y="40" width="20" height="20" fill="#1010e0"/>';

/** Area as a share of the drawing's own bounding box, and colours rounded to what an eye can tell. */
async function shares(bytes: Buffer) {
  const drawing = await readBitmap(bytes);
  const box = boxOf(drawing);
  const whole = (box.maxX - box.minX) * (box.maxY - box.minY);
  return { drawing, shares: Object.values(areasOf(drawing)).map((area) => area / whole) };
}

test("a transparent PNG keeps its colours and areas", async () => {
  const { drawing, shares: found } = await shares(await picture(LOGO, 300).png().toBuffer());
  expect(drawing.shapes.map((shape) => shape.color)).toEqual(["#e01010", "#1010e0"]);
  expect(found[0]).toBeCloseTo((Math.PI * 1600 - 400) / 6400, 2);
  expect(found[1]).toBeCloseTo(400 / 6400, 2);
  expect(drawing.warnings).toEqual([]);
});

test("a plain background of a JPG is left out, and what it shows through is a hole", async () => {
  const ring =
    '<path fill="#1040c0" fill-rule="evenodd" d="M50 10A40 40 0 1 0 50 90 40 40 0 1 0 50 10ZM50 30A20 20 0 1 1 50 70 20 20 0 1 1 50 30Z"/>';
  const { drawing, shares: found } = await shares(await picture(ring, 400, "#ffffff").jpeg({ quality: 70 }).toBuffer());
  expect(drawing.shapes).toHaveLength(1);
  expect(found[0]).toBeCloseTo((Math.PI * (1600 - 400)) / 6400, 2);
});

test("the smoothed edge between two colours does not become a third", async () => {
  const body =
    '<rect x="10" y="10" width="40" height="80" fill="#ff0000"/><rect x="50.5" y="10" width="40" height="80" fill="#0000ff"/><rect x="10" y="92" width="80" height="6" fill="#800080"/>';
  const { drawing } = await shares(await picture(body, 97).png().toBuffer());
  const purple = drawing.shapes.find((shape) => shape.color === "#800080");
  expect(purple?.contours).toHaveLength(1);
});

test("a photograph's orientation is obeyed", async () => {
  const wide = await sharp({ create: { width: 200, height: 100, channels: 3, background: "#ffffff" } })
    .composite([
      {
        input: await sharp({ create: { width: 100, height: 20, channels: 3, background: "#000000" } })
          .png()
          .toBuffer(),
        left: 50,
        top: 40,
      },
    ])
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const box = boxOf(await readBitmap(wide));
  expect(box.maxY - box.minY).toBeGreaterThan(3 * (box.maxX - box.minX));
});

test("a background that is not plain is kept, with a warning", async () => {
  const body = '<rect width="50" height="100" fill="#00a000"/><rect x="50" width="50" height="100" fill="#a000a0"/>';
  const { drawing } = await shares(await picture(body, 200, "#ffffff").png().toBuffer());
  expect(drawing.shapes).toHaveLength(2);
  expect(drawing.warnings.join()).toMatch(/background/);
});

test.each([
  ["truncated PNG", async () => (await picture(LOGO, 300).png().toBuffer()).subarray(0, 900), "input_invalid"],
  [
    "truncated JPG",
    async () => (await picture(LOGO, 300, "#ffffff").jpeg().toBuffer()).subarray(0, 2_000),
    "input_invalid",
  ],
  ["PNG header alone", async () => Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), "input_invalid"],
  ["GIF", async () => picture(LOGO, 50).gif().toBuffer(), "input_invalid"],
  ["transparent picture", async () => picture("", 50).png().toBuffer(), "nothing_to_draw"],
  ["plain picture", async () => picture("", 50, "#123456").png().toBuffer(), "nothing_to_draw"],
])("a %s is refused", async (_, make, code) => {
  await expect(readBitmap(await make())).rejects.toMatchObject({ name: "JobFailure", code, retryable: false });
});

test("a picture of more than 60 million pixels is refused by its header, without being decoded", async () => {
  const bytes = await sharp({ create: { width: 12_000, height: 6_000, channels: 3, background: "#ffffff" } })
    .png({ compressionLevel: 1 })
    .toBuffer();
  const startedAt = performance.now();
  await expect(readBitmap(bytes)).rejects.toMatchObject({ code: "input_too_large" });
  expect(performance.now() - startedAt).toBeLessThan(200);
});
