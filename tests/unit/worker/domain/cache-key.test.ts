/** When two jobs are equal: what their results depend on, and nothing else. */
import { describe, expect, it } from "vitest";
import { type CacheSubject, cacheKey, canonicalJson } from "../../../../worker/domain/cache-key.ts";
import { contentOfFile, contentOfParts } from "../../../../worker/domain/content-hash.ts";

const [A, B] = [contentOfFile("a".repeat(64)), contentOfFile("b".repeat(64))];
const input = (hash: string, filename = "x.png", role: string | null = null) => ({
  filename,
  role,
  content: { hash, version: "v" },
});
const JOB: CacheSubject = {
  type: "animate",
  typeVersion: 1,
  params: { fps: 12, size: { width: 1, height: 2 }, formats: ["webp", "gif"] },
  inputs: [input(A), input(B, "y.png")],
};

describe("the key of a job's result", () => {
  it("is the same whatever the order of parameters, and whichever writing of a file it was", async () => {
    const params = { formats: ["webp", "gif"], size: { height: 2, width: 1 }, fps: 12 };
    const inputs = [{ ...input(A), content: { hash: A, version: null } }, input(B, "y.png")];
    expect(await cacheKey({ ...JOB, params, inputs })).toBe(await cacheKey(JOB));
  });

  it.each<[string, Partial<CacheSubject>]>([
    ["another type", { type: "photogrammetry" }],
    ["another version of the type", { typeVersion: 2 }],
    ["another parameter", { params: { ...JOB.params, fps: 13 } }],
    ["the order of a list in a parameter", { params: { ...JOB.params, formats: ["gif", "webp"] } }],
    ["other bytes", { inputs: [input(A), input(A, "y.png")] }],
    ["another file name", { inputs: [input(A), input(B, "z.png")] }],
    ["another role", { inputs: [input(A), input(B, "y.png", "background")] }],
    ["another order of files", { inputs: [input(B, "y.png"), input(A)] }],
    ["a file more", { inputs: [...JOB.inputs, input(B)] }],
  ])("is another one for %s", async (_, change) => {
    expect(await cacheKey({ ...JOB, ...change })).not.toBe(await cacheKey(JOB));
  });

  it("is unknown while what is in a file is", async () => {
    expect(await cacheKey({ ...JOB, inputs: [input(A), { filename: "y.png", role: null }] })).toBeNull();
  });
});

describe("canonical JSON", () => {
  it("has keys in one order at every depth, and keeps lists as they are", () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }, 2], a: "é" })).toBe('{"a":"é","b":[{"c":null,"d":1},2]}');
  });
});

describe("the name of a file's content", () => {
  it("tells parts of another size, order or number apart, and parts from a whole", async () => {
    const names = [
      await contentOfParts(8, ["a", "b"]),
      await contentOfParts(9, ["a", "b"]),
      await contentOfParts(8, ["b", "a"]),
      await contentOfParts(8, ["a", "b", "b"]),
      contentOfFile("a"),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(await contentOfParts(8, ["a", "b"])).toBe(names[0]);
  });
});
