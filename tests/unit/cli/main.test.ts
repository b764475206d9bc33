/** The `kiln` command against a server, as a user calls it: what it writes, prints and exits with. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JobTypeDefinition } from "#contract/job-types/job-type.ts";
import { describeJobType, findJobType } from "#contract/job-types/registry.ts";
import { findInputFiles } from "../../../cli/arguments/input-files.ts";
import { reportLines } from "../../../cli/display/job-view.ts";
import { InterruptedError } from "../../../cli/main.ts";
import { type CliOptions, runCli } from "../../helpers/cli-runner.ts";
import { startFakeKiln } from "../../helpers/fake-kiln-server.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-cli-"));
  await writeFile(join(dir, "logo.svg"), "<svg/>");
  await writeFile(join(dir, "empty.svg"), "");
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Runs a command line in `dir`; `onStderr` sees what is written as it goes. */
const kiln = (args: string[], options: Omit<CliOptions, "cwd"> = {}) => runCli(args, { ...options, cwd: dir });

const FILES = { "model.glb": "glTF…", "preview.webp": "RIFF" };

describe("kiln run", () => {
  test("uploads, submits, watches, downloads, and exits 0 with every file on disk", async () => {
    const server = await startFakeKiln({ state: "succeeded", files: FILES });
    const args = [
      "run",
      "logo-to-3d",
      "logo.svg",
      "--depth-mm",
      "6",
      "--formats",
      "glb,stl",
      "--formats",
      "ply",
      "-o",
      "model",
    ];
    const { exitCode, stdout, stderr } = await kiln([...args, "--api", server.url]);
    expect(exitCode).toBe(0);
    expect(server.created()).toEqual({
      type: "logo-to-3d",
      params: { depthMm: 6, formats: ["glb", "stl", "ply"] },
      inputs: [{ upload: "upl_00000000000000000000000000" }],
    });
    expect((await readdir(join(dir, "model"))).sort()).toEqual(["manifest.json", "model.glb", "preview.webp"]);
    expect(await readFile(join(dir, "model/model.glb"), "utf8")).toBe(FILES["model.glb"]);
    expect(stdout).toContain(join(dir, "model", "model.glb"));
    expect(stderr).toContain("Building the solid");
    expect(stderr).toContain("warning: A warning for the user.");
  });

  test("--json prints what happens, and at last the job with its files, a line of JSON each", async () => {
    const server = await startFakeKiln({ state: "succeeded", files: FILES });
    const { stdout, stderr } = await kiln(["run", "echo", "--json", "--api", server.url]);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string });
    const kinds = lines.map(({ kind }) => kind).filter((kind) => kind !== "download");
    expect(kinds).toEqual(["job", "event", "event", "result"]);
    expect(stderr).toBe("warning: A warning for the user.\n");
    const result = lines.at(-1) as unknown as { job: { state: string }; files: { name: string; bytes: number }[] };
    expect(result.job.state).toBe("succeeded");
    expect(result.files.map(({ name }) => name)).toEqual(["model.glb", "preview.webp", "manifest.json"]);
  });

  test("the server can be named by KILN_URL", async () => {
    const server = await startFakeKiln({ state: "succeeded", files: {} });
    expect((await kiln(["run", "echo"], { env: { KILN_URL: server.url } })).exitCode).toBe(0);
  });

  test("a failed job exits 1 with its reason, and writes nothing", async () => {
    const error = { code: "nothing_to_draw" as const, message: "The logo has no shapes. Draw some." };
    const server = await startFakeKiln({ state: "failed", error });
    const { exitCode, stderr } = await kiln(["run", "logo-to-3d", "logo.svg", "--api", server.url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("kiln: The logo has no shapes. Draw some.");
    expect(await readdir(dir)).not.toContain("out");
  });

  test("a failed job with --json tells code and message on standard output", async () => {
    const error = { code: "nothing_to_draw" as const, message: "No shapes." };
    const server = await startFakeKiln({ state: "failed", error });
    const { stdout } = await kiln(["run", "logo-to-3d", "logo.svg", "--json", "--api", server.url]);
    expect(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")).toEqual({ kind: "error", error });
  });

  test("a file that arrives damaged exits 1 and is not left on disk", async () => {
    const server = await startFakeKiln({ state: "succeeded", files: { "model.glb": "right" }, damaged: "wrong" });
    const { exitCode, stderr } = await kiln(["run", "echo", "--api", server.url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("model.glb arrived damaged");
    expect(await readdir(dir)).not.toContain("out");
  });

  test("an interrupt cancels the job and exits 130", async () => {
    const server = await startFakeKiln({ state: "running" });
    const stop = new AbortController();
    const onStderr = (text: string) => {
      if (text.includes("Building the solid")) stop.abort(new InterruptedError(130));
    };
    const { exitCode } = await kiln(["run", "logo-to-3d", "logo.svg", "--api", server.url], {
      onStderr,
      signal: stop.signal,
    });
    expect(exitCode).toBe(130);
    expect(server.seen).toContain("POST /v1/jobs/job_00000000000000000000000000/cancel");
  });

  test("no server exits 3 and says how to start one", async () => {
    const { exitCode, stderr } = await kiln(["run", "echo", "--api", "http://127.0.0.1:1"]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("Cannot reach http://127.0.0.1:1");
    expect(stderr).toContain("npm start");
  });
});

describe("kiln run photogrammetry", () => {
  const verdicts = {
    photos: [
      { file: "IMG_1.jpg", verdict: "good", reasons: [], use: true },
      { file: "IMG_2.heic", verdict: "warn", reasons: [{ code: "blurred", message: "It is blurred." }], use: true },
    ],
    skipped: [],
  };

  test("takes photos of a folder, HEIC too, and names to leave out, by repetition or with commas", async () => {
    await mkdir(join(dir, "photos"));
    for (const name of ["IMG_2.heic", "IMG_1.JPG", "notes.txt"]) await writeFile(join(dir, "photos", name), name);
    const server = await startFakeKiln({ state: "succeeded", files: {} });
    const drops = ["--drop", "IMG_3.jpg", "--drop", "IMG_9.jpg,IMG_7.jpg", "--keep", "IMG_4.jpg"];
    const args = ["run", "photogrammetry", "photos", ...drops, "--api", server.url];
    const { exitCode, stderr } = await kiln(args);
    expect(exitCode).toBe(0);
    // One line for all of them, not one for each.
    expect(stderr.match(/Uploading/g)).toHaveLength(1);
    expect(stderr).toContain("Uploading 2 files");
    const created = server.created() as { params: object; inputs: object[] };
    expect(created.params).toEqual({ drop: ["IMG_3.jpg", "IMG_9.jpg", "IMG_7.jpg"], keep: ["IMG_4.jpg"] });
    expect(created.inputs).toHaveLength(2);
  });

  test("says how many photos have a camera, and which were left out and why", async () => {
    await writeFile(join(dir, "a.jpg"), "a");
    const dropped = [{ file: "IMG_7.jpg", reason: "It shows the same as IMG_6.jpg." }];
    const report = {
      photos: 24,
      registered: 23,
      dropped,
      reprojectionErrorPx: 0.534,
      sizeM: [1, 1, 1],
      scaleSource: null,
    };
    const server = await startFakeKiln({ state: "succeeded", files: { "model.glb": "glTF…" }, report });
    const { stdout } = await kiln(["run", "photogrammetry", "a.jpg", "--api", server.url]);
    expect(stdout).toMatch(/registered +23 of 24\n/);
    expect(stdout).toMatch(/dropped +1\n {2}IMG_7\.jpg: It shows the same as IMG_6\.jpg\.\n/);
    expect(stdout).toMatch(/reprojection error +0\.534 px\n/);
    expect(stdout).toMatch(/size +unknown/);
  });

  test("--until check prints the verdict on each photo; a model's job does not", async () => {
    await writeFile(join(dir, "a.jpg"), "a");
    const server = await startFakeKiln({
      state: "succeeded",
      files: { "photos.json": JSON.stringify(verdicts), "photos.webp": "RIFF" },
    });
    const args = ["run", "photogrammetry", "a.jpg", "--api", server.url];
    const { stdout } = await kiln([...args, "--until", "check"]);
    expect(stdout).toContain("IMG_2.heic  doubtful  yes   It is blurred.\n");
    expect(stdout).toContain("2 of 2 photos are used.\n");
    expect((await kiln(args)).stdout).not.toContain("doubtful");
  });
});

describe("input files", () => {
  test("a folder stands for its fitting files, in the order people count, and a role's file goes beside them", async () => {
    await mkdir(join(dir, "photos/more"), { recursive: true });
    for (const name of ["IMG_10.jpg", "IMG_2.jpg", "more/IMG_1.PNG", "notes.txt"]) {
      await writeFile(join(dir, "photos", name), name);
    }
    await writeFile(join(dir, "sky.png"), "sky");
    const server = await startFakeKiln({ state: "succeeded", files: {} });
    const args = ["run", "remove-background", "photos", "--background", "sky.png", "--api", server.url];
    const { exitCode, stderr } = await kiln(args);
    expect(stderr).not.toContain("kiln:");
    expect(exitCode).toBe(0);
    const { inputs } = server.created() as { inputs: { role?: string }[] };
    expect(inputs.map(({ role }) => role)).toEqual([undefined, undefined, undefined, "background"]);
    const type = describeJobType(findJobType("remove-background") as JobTypeDefinition);
    const files = await findInputFiles(type, ["photos"], dir);
    expect(files.map((file) => basename(file))).toEqual(["IMG_2.jpg", "IMG_10.jpg", "IMG_1.PNG"]);
  });

  test("a folder without fitting files, and a role's file that is missing, exit 2", async () => {
    await mkdir(join(dir, "empty"));
    const server = await startFakeKiln({ state: "succeeded" });
    const folder = await kiln(["run", "remove-background", "empty", "--api", server.url]);
    expect(folder).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("There are no files in empty that end"),
    });
    const args = ["run", "remove-background", "logo.svg", "--background", "nope.png", "--api", server.url];
    expect(await kiln(args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("nope.png: there is no such"),
    });
  });
});

describe("what is shown of the result", () => {
  test("facts of the report, one a line, in words", () => {
    const report = {
      preset: "logo",
      paths: 12,
      bytes: 4_321,
      ssim: 0.98765,
      deltaE: 1.5,
      settings: { a: 1 },
      formats: ["a"],
      durationS: 3.000_01,
      sizeMm: [80, 40.5],
      pictures: [{}, {}],
    };
    expect(reportLines(report)).toBe(
      "preset    logo\npaths     12\nbytes     4.3 kB\nSSIM      0.9877\ndelta E   1.5\nformats   a\n" +
        "duration  3 s\nsize      80, 40.5 mm\npictures  2\n",
    );
    expect(reportLines({})).toBe("");
  });

  test("of many files that were left out the first are named", () => {
    const dropped = Array.from({ length: 10 }, (_, i) => ({ file: `${i}.jpg`, reason: "Blurred." }));
    const lines = reportLines({ dropped }).split("\n");
    expect([lines[0], lines[1], lines[8], lines[9]]).toEqual([
      "dropped  10",
      "  0.jpg: Blurred.",
      "  7.jpg: Blurred.",
      "  and 2 more, see manifest.json",
    ]);
  });
});

describe("versions", () => {
  const ID = "job_00000000000000000000000000";

  test("kiln rerun takes the job's files and parameters, with those given over them, into a folder of its own", async () => {
    const server = await startFakeKiln({
      state: "succeeded",
      type: "logo-to-3d",
      params: { depthMm: 4 },
      files: FILES,
    });
    const args = ["rerun", ID, "--depth-mm", "6", "--no-cache", "-o", "second", "--api", server.url];
    const { exitCode } = await kiln(args);
    expect(exitCode).toBe(0);
    expect(server.created()).toEqual({ params: { depthMm: 6 }, policy: { cache: false } });
    expect((await readdir(join(dir, "second"))).sort()).toEqual(["manifest.json", "model.glb", "preview.webp"]);
  });

  test("kiln pin says that the files are kept", async () => {
    const server = await startFakeKiln({ state: "succeeded" });
    const { exitCode, stdout } = await kiln(["pin", ID, "--api", server.url]);
    expect([exitCode, stdout]).toEqual([0, `The files of ${ID} are kept until it is unpinned.\n`]);
    expect(server.seen).toEqual([`PUT /v1/jobs/${ID}/pin`]);
  });
});

describe("a wrong command line exits 2 before anything is uploaded", () => {
  test.each([
    ["an unknown type names the nearest", ["run", "logo-to-3b", "logo.svg"], "Did you mean logo-to-3d?"],
    ["an unknown parameter names the nearest", ["run", "echo", "--tex", "a"], "Did you mean --text?"],
    ["a value that is no number", ["run", "echo", "--sleep-ms", "soon"], '--sleep-ms must be a number, not "soon"'],
    ["a value out of range", ["run", "echo", "--ticks", "-1"], "--ticks: Too small"],
    ["a parameter that is needed", ["run", "text-to-3d"], "--text is needed."],
    ["a parameter without its value", ["run", "echo", "--text"], "--text needs a value."],
    ["a parameter given twice", ["run", "echo", "--text", "a", "--text", "b"], "--text is given more than once."],
    ["a missing file", ["run", "logo-to-3d", "nope.svg"], "nope.svg: there is no such file"],
    ["an empty file", ["run", "logo-to-3d", "empty.svg"], "empty.svg is empty."],
    ["no file where one is needed", ["run", "logo-to-3d"], "takes 1 to 1000 files (Logo), 0 given"],
    [
      "a chain that can't be",
      ["run", "logo-to-3d", "logo.svg", "--then", "image-to-svg"],
      "takes nothing that logo-to-3d makes",
    ],
    ["a chain without an end", ["run", "image-to-svg", "logo.svg", "--then"], "--then needs a job type."],
    [
      "a file behind --then",
      ["run", "remove-background", "logo.svg", "--then", "image-to-svg", "logo.svg"],
      "files stand before the first --then",
    ],
    [
      "a parameter of another step",
      ["run", "remove-background", "logo.svg", "--depth-mm", "3", "--then", "logo-to-3d"],
      "--depth-mm is not known",
    ],
  ])("%s", async (_title, args, message) => {
    const server = await startFakeKiln({ state: "succeeded" });
    const { exitCode, stderr } = await kiln([...args, "--api", server.url]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(server.seen).toEqual(["GET /v1/job-types"]);
  });

  test.each([
    ["too many files", ["local", "logo-to-3d", "logo.svg", "logo.svg"], "takes exactly 1 file (Logo), 2 given"],
    ["a rerun of nothing", ["rerun", "logo.svg"], '"logo.svg" is not the id of a job'],
    ["a pin without a job", ["pin"], "Name a job"],
  ])("%s", async (_title, args, message) => {
    const { exitCode, stderr } = await kiln(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  test("an unknown command names the nearest", async () => {
    const { exitCode, stderr } = await kiln(["rnu"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Did you mean kiln run?");
  });

  test("an address that is none", async () => {
    const { exitCode, stderr } = await kiln(["run", "echo", "--api", "localhost:8787"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--api: "localhost:8787" is not the address of a server');
  });
});

describe("help", () => {
  test("kiln --help shows the commands and exits 0; kiln alone exits 2", async () => {
    const help = await kiln(["--help"]);
    expect(help.exitCode).toBe(0);
    expect(help.stdout).toMatch(/^Make something\n {2}run +run a job/m);
    expect((await kiln([])).exitCode).toBe(2);
  });

  test("kiln run TYPE --help shows every parameter with range and default, without a server", async () => {
    const { exitCode, stdout } = await kiln(["run", "text-to-3d", "--help"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/--depth-mm MM\n.*Depth: Thickness of the shapes \(0\.1 to 500, default 4\)/);
    expect(stdout).toMatch(/--text TEXT\n.*\(needed\)/);
  });

  test("the values of a choice are explained, absent ones have a meaning, roles are flags", async () => {
    const cutout = (await kiln(["run", "remove-background", "--help"])).stdout;
    expect(cutout).toMatch(/--model NAME\n/);
    expect(cutout).toMatch(/bria-rmbg .*CC-BY-NC-4\.0: not for commercial use\n/);
    expect(cutout).toContain("--background FILE");
    const { stdout } = await kiln(["run", "image-to-svg", "--help"]);
    expect(stdout).toMatch(/--detail N\n.*\(0 to 100 %, default By preset\)/);
  });

  test("kiln types lists the job types, with --json all of their schemas", async () => {
    expect((await kiln(["types"])).stdout).toMatch(/^logo-to-3d +Turns an SVG/);
    const { jobTypes } = JSON.parse((await kiln(["types", "--json"])).stdout) as {
      jobTypes: { paramsSchema: object }[];
    };
    expect(jobTypes[0]?.paramsSchema).toHaveProperty("properties.depthMm");
  });
});
