/** The models folder: fetched once, checked again, moved in whole. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ModelsFolder } from "../../../../../gpu-runner/engines/rembg/models-folder.ts";

const WEIGHTS = Buffer.from("weights");
const MD5 = `md5:${createHash("md5").update(WEIGHTS).digest("hex")}`;
const never = new AbortController().signal;
let dir: string;
let workDir: string;
let folder: ModelsFolder;

beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), "kiln-models-"));
  dir = join(workDir, "models");
  folder = new ModelsFolder(dir);
});
afterEach(() => rm(workDir, { recursive: true }));

const good = async (path: string) => {
  await writeFile(path, WEIGHTS);
  return MD5;
};

/** A fetch that says when it is at work, and goes on with the gate. */
function heldFetch() {
  const gate = Promise.withResolvers<void>();
  const { promise: isAtWork, resolve } = Promise.withResolvers<void>();
  const fetch = async (path: string) => {
    resolve();
    await gate.promise;
    return await good(path);
  };
  return { fetch, isAtWork, gate };
}

test("several that want the same model wait for one fetch", async () => {
  const gate = Promise.withResolvers<void>();
  let fetches = 0;
  const slow = async (path: string) => {
    fetches++;
    await gate.promise;
    return await good(path);
  };
  const all = [1, 2, 3].map(() => folder.ensure("m", workDir, never, slow));
  gate.resolve();
  await Promise.all(all);
  expect(fetches).toBe(1);
  expect(await readdir(dir)).toEqual(["m.onnx"]);
  expect(await readFile(join(dir, "m.onnx"))).toEqual(WEIGHTS);
});

test("one whose fetch fails is told; another that waited fetches by itself", async () => {
  const { fetch, isAtWork, gate } = heldFetch();
  const failing = folder.ensure("m", workDir, never, fetch);
  await isAtWork;
  const waiting = folder.ensure("m", workDir, never, good);
  gate.reject(new Error("cancelled"));
  await expect(failing).rejects.toThrow("cancelled");
  await waiting;
  expect(await folder.has("m")).toBe(true);
});

test("one that is cancelled while it waits stops waiting", async () => {
  const { fetch, isAtWork, gate } = heldFetch();
  const first = folder.ensure("m", workDir, never, fetch);
  await isAtWork;
  const cancel = new AbortController();
  const waiting = folder.ensure("m", workDir, cancel.signal, good);
  cancel.abort(new Error("no longer wanted"));
  await expect(waiting).rejects.toThrow("no longer wanted");
  gate.resolve();
  await first;
});

test("a file that is not what the checksum says is not kept", async () => {
  const changed = async (path: string) => {
    await writeFile(path, "something else");
    return MD5;
  };
  await expect(folder.ensure("m", workDir, never, changed)).rejects.toMatchObject({ code: "model_unavailable" });
  expect(await readdir(dir)).toEqual([]);
  expect(await folder.has("m")).toBe(false);
});

test("what lies where rembg itself would put it is found", async () => {
  await mkdir(join(dir, "models", "m"), { recursive: true });
  await writeFile(join(dir, "models", "m", "m.onnx"), WEIGHTS);
  expect(await folder.has("m")).toBe(true);
});
