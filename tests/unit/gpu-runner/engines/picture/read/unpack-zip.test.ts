/** Zips: what is taken out of them, and what is refused before anything is unpacked. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, type Zippable, zipSync } from "fflate";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MAX_UPLOAD_BYTES } from "#contract/limits.ts";
import { unpackZip } from "../../../../../../gpu-runner/engines/picture/read/unpack-zip.ts";

let dir: string;
let toDir: string;
let png: Uint8Array;
/** Noise does not pack: larger than the bytes that are read to know its kind. */
let large: Uint8Array;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-zip-"));
  toDir = join(dir, "to");
  await mkdir(toDir);
  const create = { width: 200, height: 200, channels: 3, background: "red" } as const;
  png = await sharp({ create }).png().toBuffer();
  large = await sharp({ create: { ...create, noise: { type: "gaussian", mean: 120, sigma: 60 } } })
    .png()
    .toBuffer();
});
afterEach(() => rm(dir, { recursive: true }));

async function unpack(files: Zippable | Uint8Array, wanted: { types?: readonly string[] } = {}) {
  const path = join(dir, "a.zip");
  await writeFile(path, files instanceof Uint8Array ? files : zipSync(files));
  return await unpackZip({ path, filename: "a.zip", toDir, ...wanted });
}

/** Changes a zip's bytes wherever `from` stands, e.g. in its local header and in its directory. */
function replaceAll(zip: Uint8Array, from: string, to: string): Uint8Array {
  return new Uint8Array(Buffer.from(Buffer.from(zip).toString("latin1").replaceAll(from, to), "latin1"));
}

describe("unpacking a zip", () => {
  it("gives the pictures unchanged, in order, under generated names, with their paths in the zip", async () => {
    const { pictures, skipped } = await unpack({ "b/large.png": large, "ä.png": png });
    expect(pictures.map(({ name }) => name)).toEqual(["b/large.png", "ä.png"]);
    expect(skipped).toEqual([]);
    expect(await readdir(toDir)).toEqual(["000001.bin", "000002.bin"]);
    expect((await readFile(pictures[0]?.path as string)).equals(large)).toBe(true);
    expect((await readFile(pictures[1]?.path as string)).equals(png)).toBe(true);
    expect(pictures[0]?.bytes).toBe(large.length);
  });

  it("leaves out what is no picture by its content, and names it unless a system put it there", async () => {
    const text = strToU8("hello");
    const files = { "a.png": png, "fake.png": text, "__MACOSX/._a.png": text, ".DS_Store": text, "notes.txt": text };
    const { pictures, skipped } = await unpack(files);
    expect(pictures.map(({ name }) => name)).toEqual(["a.png"]);
    expect(skipped).toEqual(["fake.png", "notes.txt"]);
    expect(await readdir(toDir)).toEqual(["000001.bin"]);
  });

  it("takes only the types that are wanted, e.g. HEIC photos, which other job types don't read", async () => {
    const heic = strToU8("\0\0\0\x18ftypheic\0\0\0\0mif1heic and the rest", true);
    const files = { "a.png": png, "b.heic": heic };
    expect((await unpack(files)).skipped).toEqual(["b.heic"]);
    const { pictures, skipped } = await unpack(files, { types: ["image/heic"] });
    expect(pictures.map(({ name }) => name)).toEqual(["b.heic"]);
    expect(skipped).toEqual(["a.png"]);
  });

  it("gives an empty list for a zip without files", async () => {
    expect(await unpack({})).toEqual({ pictures: [], skipped: [] });
  });

  it.each(["../evil.png", "/etc/evil.png", "a\\..\\b.png", "c:/evil.png"])("refuses the name %s", async (name) => {
    const zip = replaceAll(zipSync({ "good.png": png, ["x".repeat(name.length)]: png }), "x".repeat(name.length), name);
    const refused = name.includes("\\") ? /zip that can be read|leads out/ : /leads out of the zip/;
    await expect(unpack(zip)).rejects.toThrow(refused);
    expect(await readdir(toDir)).toEqual([]);
  });

  it("refuses a file that would unpack to far more than its packed size, without unpacking it", async () => {
    const bomb = zipSync({ "bomb.png": new Uint8Array(30_000_000) }, { level: 9 });
    await expect(unpack(bomb)).rejects.toMatchObject({ code: "input_too_large" });
    expect(await readdir(toDir)).toEqual([]);
  });

  it("refuses a file whose directory entry lies about its size, and leaves nothing behind", async () => {
    const zip = zipSync({ "a.png": large });
    // The uncompressed size in the directory (46 bytes before the name's end, field at 24).
    const view = new DataView(zip.buffer, zip.byteOffset);
    const directory = Buffer.from(zip).indexOf(Buffer.from("PK\x01\x02", "latin1"));
    view.setUint32(directory + 24, 100, true);
    await expect(unpack(zip)).rejects.toMatchObject({ code: "input_invalid" });
    expect(await readdir(toDir)).toEqual([]);
    view.setUint32(directory + 24, MAX_UPLOAD_BYTES + 1, true);
    await expect(unpack(zip)).rejects.toMatchObject({ code: "input_too_large" });
  });

  it("refuses a zip with a password, saying so", async () => {
    const zip = zipSync({ "a.png": png });
    const directory = Buffer.from(zip).indexOf(Buffer.from("PK\x01\x02", "latin1"));
    zip[directory + 8] = (zip[directory + 8] as number) | 1;
    await expect(unpack(zip)).rejects.toThrow(/password/);
  });

  it("refuses a zip that is cut off or no zip at all", async () => {
    const zip = zipSync({ "a.png": large });
    await expect(unpack(zip.subarray(0, zip.length - 30))).rejects.toMatchObject({ code: "input_invalid" });
    await expect(unpack(strToU8("PK\x03\x04 nothing"))).rejects.toMatchObject({ code: "input_invalid" });
  });
});
