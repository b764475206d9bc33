/** Where a job's files come from and go to, beyond plain files and folders. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeJobType, findJobType } from "#contract/job-types/registry.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { paramsForFile, pickArtifact, readOutputPlace } from "../../../cli/arguments/output-place.ts";
import { type CliOptions, runCli } from "../../helpers/cli-runner.ts";
import { startFakeKiln } from "../../helpers/fake-kiln-server.ts";

const PNG = "\u0089PNG\r\n\u001a\n";
const UPLOAD = { upload: "upl_00000000000000000000000000" };
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-places-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const kiln = (args: string[], options: Omit<CliOptions, "cwd"> = {}) => runCli(args, { ...options, cwd: dir });
const typeOf = (name: string): JobTypeInfo =>
  describeJobType(findJobType(name) as NonNullable<ReturnType<typeof findJobType>>);

describe("inputs", () => {
  test("a pattern that the shell has left stands for the files that it fits", async () => {
    await mkdir(join(dir, "photos"));
    for (const name of ["b10.png", "b2.png", "c.jpg"]) await writeFile(join(dir, "photos", name), name);
    const { url, created } = await startFakeKiln({ state: "succeeded", files: {} });
    expect((await kiln(["run", "remove-background", "photos/*.png", "--api", url])).exitCode).toBe(0);
    expect(created().inputs).toEqual([UPLOAD, UPLOAD]);
    const none = await kiln(["run", "remove-background", "photos/*.webp", "--api", url]);
    expect([none.exitCode, none.stderr]).toEqual([2, "kiln: No file fits photos/*.webp.\n"]);
  });

  test("- is standard input, called by what it is", async () => {
    const { url, created, seen } = await startFakeKiln({ state: "succeeded", files: {} });
    const { exitCode, stderr } = await kiln(["run", "logo-to-3d", "-", "--api", url], { stdin: "<svg ><path/></svg>" });
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("Uploading stdin.svg\n")]);
    expect(created().inputs).toEqual([UPLOAD]);
    const empty = await kiln(["run", "image-to-svg", "-", "--api", url]);
    expect([empty.exitCode, empty.stderr]).toEqual([2, "kiln: Standard input is empty.\n"]);
    expect(seen.filter((call) => call === "POST /v1/jobs")).toHaveLength(1);
  });

  test("an https address is left to the runner, another one is refused", async () => {
    const { url, created, seen } = await startFakeKiln({ state: "succeeded", files: {} });
    const address = "https://example.com/logos/a.svg";
    expect((await kiln(["run", "logo-to-3d", address, "--api", url])).exitCode).toBe(0);
    expect(created().inputs).toEqual([{ url: address }]);
    expect(seen).not.toContain("POST /v1/uploads");
    expect((await kiln(["run", "logo-to-3d", "http://example.com/a.svg", "--api", url])).exitCode).toBe(2);
  });
});

describe("a folder of files", () => {
  test("stands for what is seen in it: no hidden files, and what links lead to", async () => {
    await mkdir(join(dir, "photos/.thumbs"), { recursive: true });
    for (const name of ["a.png", "._a.png", ".thumbs/a.png"]) await writeFile(join(dir, "photos", name), name);
    await writeFile(join(dir, "elsewhere.png"), "b");
    await symlink("../elsewhere.png", join(dir, "photos/b.png"));
    const { url, created } = await startFakeKiln({ state: "succeeded", files: {} });
    expect((await kiln(["run", "remove-background", "photos", "--api", url])).exitCode).toBe(0);
    expect(created().inputs).toEqual([UPLOAD, UPLOAD]);
    await symlink("nowhere.png", join(dir, "photos/c.png"));
    const broken = await kiln(["run", "remove-background", "photos", "--api", url]);
    expect([broken.exitCode, broken.stderr]).toEqual([2, expect.stringContaining("c.png: there is no such file")]);
  });
});

describe("-o", () => {
  test("that can't be a folder is refused before anything is sent", async () => {
    await writeFile(join(dir, "notes"), "mine");
    const { url, seen } = await startFakeKiln({ state: "succeeded" });
    // In /proc nothing can be made, though it is there.
    for (const place of ["notes", "notes/deeper", "/proc/none/deeper"]) {
      const { exitCode, stderr } = await kiln(["run", "echo", "-o", place, "--api", url]);
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringMatching(/(is a file; results|Nothing can be saved).* -o\.\n$/),
      ]);
    }
    expect(new Set(seen)).toEqual(new Set(["GET /v1/job-types"]));
    expect(await readFile(join(dir, "notes"), "utf8")).toBe("mine");
  });

  test("never writes over what a job was given, whatever its name there", async () => {
    await writeFile(join(dir, "image.png"), "mine");
    await symlink("image.png", join(dir, "same.png"));
    const { url, seen } = await startFakeKiln({ state: "succeeded", files: { "image.png": "theirs" } });
    for (const place of ["image.png", "same.png"]) {
      const { exitCode, stderr } = await kiln(["run", "image-to-svg", "image.png", "-o", place, "--api", url]);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining("is not written over")]);
    }
    expect(seen).not.toContain("POST /v1/jobs");
    // What a folder will hold shows when the job has ended; its files stay at the server.
    const late = await kiln(["run", "image-to-svg", "same.png", "-o", ".", "--api", url]);
    expect([late.exitCode, late.stderr]).toEqual([2, expect.stringContaining("kiln download job_")]);
    expect(await readFile(join(dir, "image.png"), "utf8")).toBe("mine");
  });

  test("names the one file that is wanted, which chooses the format", async () => {
    await writeFile(join(dir, "logo.svg"), "<svg/>");
    const files = { "model.stl": "solid", "preview.webp": "RIFF" };
    const { url, created } = await startFakeKiln({ state: "succeeded", files });
    const { exitCode, stdout } = await kiln(["run", "logo-to-3d", "logo.svg", "-o", "prints/mine.stl", "--api", url]);
    expect([exitCode, await readdir(join(dir, "prints"))]).toEqual([0, ["mine.stl"]]);
    expect(await readFile(join(dir, "prints/mine.stl"), "utf8")).toBe("solid");
    expect(created().params).toEqual({ formats: ["stl"] });
    expect(stdout).toContain("mine.stl");
  });

  test("a file for several jobs is refused before anything is sent", async () => {
    for (const name of ["a.svg", "b.svg"]) await writeFile(join(dir, name), "<svg/>");
    const { url, seen } = await startFakeKiln({ state: "succeeded" });
    const { exitCode, stderr } = await kiln(["run", "logo-to-3d", "a.svg", "b.svg", "-o", "x.stl", "--api", url]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("name a folder")]);
    expect(seen).toEqual(["GET /v1/job-types"]);
  });

  test("is a folder where one is there, or the ending is none of the type's", async () => {
    await mkdir(join(dir, "there.stl"));
    const type = typeOf("logo-to-3d");
    for (const word of ["there.stl", "v1.2", "new.stl/", "out"]) {
      expect(await readOutputPlace(type, word, dir)).toEqual({ dir: join(dir, word).replace(/\/$/, ""), file: null });
    }
  });

  test("leaves formats that were chosen, and types without any, as they are", () => {
    expect(paramsForFile(typeOf("logo-to-3d"), { formats: ["glb"] }, "a.stl")).toEqual({ formats: ["glb"] });
    expect(paramsForFile(typeOf("echo"), {}, "a.txt")).toEqual({});
    expect(paramsForFile(typeOf("logo-to-3d"), {}, null)).toEqual({});
  });

  test("takes the file of that name, else the main one with its ending, else the only one", () => {
    const type = typeOf("image-to-svg");
    expect(pickArtifact(type, ["image.svg", "preview.webp"], "mine.svg")).toBe("image.svg");
    expect(pickArtifact(type, ["image.svg", "preview.webp"], "small.webp")).toBe("preview.webp");
    expect(() => pickArtifact(type, ["image.svg"], "a.pdf")).toThrow(
      "The job made image.svg: nothing that ends in .pdf.",
    );
    const small = ["after-0001.webp", "before-0001.webp"];
    expect(() => pickArtifact(typeOf("remove-background"), small, "a.webp")).toThrow("Name one of them, or a folder.");
    expect(pickArtifact(typeOf("remove-background"), small, "before-0001.webp")).toBe("before-0001.webp");
  });
});

describe("parameters and presets", () => {
  test("--param NAME=VALUE is the flag of that name", async () => {
    const { url, created } = await startFakeKiln({ state: "succeeded", files: {} });
    await kiln(["run", "echo", "--param", "text=a=b", "--param", "sleepMs=3", "--api", url]);
    expect(created().params).toEqual({ text: "a=b", sleepMs: 3 });
    expect((await kiln(["run", "echo", "--param", "text", "--api", url])).stderr).toContain("--param takes NAME=VALUE");
  });

  test("a preset is sent by its name; where a parameter is called so, its values come first", async () => {
    await writeFile(join(dir, "a.png"), PNG);
    const { url, created } = await startFakeKiln({ state: "succeeded", files: {} });
    const run = async (...args: string[]) => {
      const { exitCode, stderr } = await kiln(["run", ...args, "--api", url]);
      expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
      return [created().preset, created().params];
    };
    expect(await run("echo", "--preset", "slow", "--text", "a")).toEqual(["slow", { text: "a" }]);
    expect(await run("image-to-svg", "a.png", "--preset", "logo")).toEqual([undefined, { preset: "logo" }]);
    expect(await run("image-to-svg", "a.png", "--preset", "web")).toEqual(["web", {}]);
    // What a text must be may be in a preset of one's own: the server knows.
    expect(await run("text-to-3d", "--preset", "my-own")).toEqual(["my-own", {}]);
  });
});
