/** Files that an engine wrote wrongly are caught, whatever its exit code was. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkFiles } from "../../../../../gpu-runner/engines/solid/check/check-files.ts";
import { readStl } from "../../../../../gpu-runner/engines/solid/check/read-stl.ts";

/** Corners of a 1 × 2 × 3 mm box and its twelve triangles, counter-clockwise from outside. */
const CORNERS = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [i & 1, (i & 2) === 0 ? 0 : 2, (i & 4) === 0 ? 0 : 3] as const);
const FACES = [
  [0, 2, 1],
  [1, 2, 3],
  [4, 5, 6],
  [5, 7, 6],
  [0, 1, 4],
  [1, 5, 4],
  [2, 6, 3],
  [3, 6, 7],
  [0, 4, 2],
  [2, 4, 6],
  [1, 3, 5],
  [3, 7, 5],
] as const;

function stl(faces: readonly (readonly [number, number, number])[]): Buffer {
  const bytes = Buffer.alloc(84 + 50 * faces.length);
  bytes.writeUInt32LE(faces.length, 80);
  const coordinates = faces.flatMap((face) => face.flatMap((corner) => CORNERS[corner]!));
  for (const [i, value] of coordinates.entries()) {
    bytes.writeFloatLE(value, 84 + 50 * Math.floor(i / 9) + 12 + 4 * (i % 9));
  }
  return bytes;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kiln-check-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const SIZE = [1, 2, 3] as const;
const rejects = (files: Record<string, string>, message: RegExp, sizeMm: readonly [number, number, number] = SIZE) =>
  expect(checkFiles({ files, sizeMm })).rejects.toMatchObject({
    code: "output_invalid",
    retryable: true,
    message: expect.stringMatching(message),
  });

test("a closed STL of the right size passes", async () => {
  expect(await checkFiles({ files: { stl: await file("a.stl", stl(FACES)) }, sizeMm: SIZE })).toMatchObject({
    watertight: true,
  });
});

test("an STL with a missing triangle is not watertight", async () =>
  rejects({ stl: await file("b.stl", stl(FACES.slice(1))) }, /one side only/));
test("an STL with a triangle turned inside out is not watertight", async () => {
  await rejects({ stl: await file("c.stl", stl([[0, 1, 2], ...FACES.slice(1)])) }, /twice in one direction/);
});
test("an STL of another size is refused", async () =>
  rejects({ stl: await file("d.stl", stl(FACES)) }, /y size is 2 mm and not 2.1 mm/, [1, 2.1, 3]));
test("a truncated STL is refused", () => expect(() => readStl(stl(FACES).subarray(0, 300))).toThrow(/triangle count/));
test("a GLB that is none is refused by the validator", async () =>
  rejects({ glb: await file("e.glb", "glTF but not really") }, /GLB/));
test("a USDZ without a scene is refused", async () =>
  rejects({ usdz: await file("f.usdz", zipSync({ "a.txt": new Uint8Array(9) }, { level: 0 })) }, /usdc/));
test("an OBJ without faces is refused", async () => rejects({ obj: await file("g.obj", "v 0 0 0\n") }, /no faces/));
test("an empty PLY is refused", async () => rejects({ ply: await file("h.ply", "") }, /PLY/));
test("an FBX that is none is refused", async () => rejects({ fbx: await file("i.fbx", "hello") }, /FBX/));
