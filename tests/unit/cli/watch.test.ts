/** `kiln run --watch`: a file is run once it is complete, once, and again when its content is another. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Kiln } from "#client/kiln.ts";
import { describeJobType, JOB_TYPES } from "#contract/job-types/registry.ts";
import { readRunRequest, type WatchRequest } from "../../../cli/arguments/run-request.ts";
import { watchCommand } from "../../../cli/commands/watch.ts";
import { DoneLedger } from "../../../cli/jobs/done-ledger.ts";
import { FolderWatch } from "../../../cli/jobs/folder-watch.ts";
import { InterruptedError } from "../../../cli/main.ts";
import type { Terminal } from "../../../cli/terminal.ts";
import { runCli } from "../../helpers/cli-runner.ts";
import { fakeSleep } from "../../helpers/fake-fetch.ts";
import { type FakeKilnServer, startFakeKiln } from "../../helpers/fake-kiln-server.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-watch-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe("the folder that is watched", () => {
  const put = (name: string, text: string) => writeFile(join(dir, name), text);
  const names = async (watch: FolderWatch) => (await watch.look()).map(({ name }) => name);
  const looks = async (watch: FolderWatch, count: number) => {
    const all: string[] = [];
    for (let i = 0; i < count; i++) all.push(...(await names(watch)));
    return all;
  };

  test("gives a file once it has stayed the same, and only once", async () => {
    const watch = new FolderWatch(dir, (name) => name.endsWith(".png"));
    await put("a.png", "one");
    expect(await looks(watch, 2)).toEqual([]);
    // It still grows.
    await put("a.png", "one and more");
    expect(await looks(watch, 2)).toEqual([]);
    expect(await looks(watch, 3)).toEqual(["a.png"]);
  });

  test("gives it again when it has changed, or is forgotten", async () => {
    const watch = new FolderWatch(dir, () => true);
    await put("a.png", "one");
    expect(await looks(watch, 4)).toEqual(["a.png"]);
    await put("a.png", "two, longer");
    expect(await looks(watch, 4)).toEqual(["a.png"]);
    watch.forget("a.png");
    expect(await looks(watch, 4)).toEqual(["a.png"]);
  });

  test("leaves out what is empty, hidden, in a folder below or not wanted", async () => {
    const watch = new FolderWatch(dir, (name) => name.endsWith(".png"));
    await mkdir(join(dir, "below.png"));
    for (const [name, text] of [
      ["empty.png", ""],
      [".hidden.png", "x"],
      ["notes.txt", "x"],
      ["below.png/a.png", "x"],
    ] as const) {
      await put(name, text);
    }
    expect(await looks(watch, 4)).toEqual([]);
  });

  test("that is gone is an error, not silence", async () => {
    await expect(new FolderWatch(join(dir, "gone"), () => true).look()).rejects.toThrow("ENOENT");
  });
});

describe("what was done", () => {
  test("is known by content and by what was asked for, over a restart, as long as its folder is there", async () => {
    const folder = join(dir, "result");
    await mkdir(folder);
    const first = await DoneLedger.open(dir, ["echo", {}]);
    await Promise.all([first.add("a".repeat(64), folder, 1), first.add("b".repeat(64), folder, 2)]);
    const again = await DoneLedger.open(dir, ["echo", {}]);
    expect([await again.has("a".repeat(64)), await again.has("b".repeat(64)), await again.has("c".repeat(64))]).toEqual(
      [true, true, false],
    );
    expect(await (await DoneLedger.open(dir, ["echo", { text: "other" }])).has("a".repeat(64))).toBe(false);
    await rm(folder, { recursive: true });
    expect(await again.has("a".repeat(64))).toBe(false);
  });

  test("is nothing when the file is broken", async () => {
    await writeFile(join(dir, ".kiln-watch.json"), '{"done": 3');
    expect(await (await DoneLedger.open(dir, [])).has("a".repeat(64))).toBe(false);
  });
});

describe("kiln run --watch", () => {
  const FILES = { "image.svg": "<svg/>" };

  /** Watches `in` until `until` is printed, on either output. */
  async function watchUntil(until: string, server: FakeKilnServer): Promise<{ stdout: string; stderr: string }> {
    const stop = new AbortController();
    const printed = { stdout: "", stderr: "" };
    const output = (name: "stdout" | "stderr") => ({
      write(text: string) {
        printed[name] += text;
        if (text.includes(until)) stop.abort(new InterruptedError(130));
      },
    });
    const terminal: Terminal = {
      ...{ stdin: Readable.from([]), stdout: output("stdout"), stderr: output("stderr") },
      ...{ env: {}, cwd: dir, signal: stop.signal, parting: { words: "" } },
    };
    const args = ["image-to-svg", "--watch", "in", "-o", "out"];
    const request = await readRunRequest(
      args,
      JOB_TYPES.map((type) => describeJobType(type)),
      terminal,
    );
    const kiln = new Kiln({ api: server.url, ...fakeSleep() });
    await expect(watchCommand(kiln, request as WatchRequest, terminal, 5)).rejects.toBeInstanceOf(InterruptedError);
    return printed;
  }
  const submitted = ({ seen }: FakeKilnServer) => seen.filter((call) => call === "POST /v1/jobs").length;

  beforeEach(async () => {
    await mkdir(join(dir, "in"));
    await writeFile(join(dir, "in/a.png"), "picture");
  });

  test("saves each file's results in a folder of its name, and ends cleanly when it is interrupted", async () => {
    const server = await startFakeKiln({ state: "succeeded", files: FILES });
    const { stdout, stderr } = await watchUntil("a.png: 2 files in", server);
    expect(stdout).toBe(`a.png: 2 files in ${join(dir, "out/a.png")}\n`);
    expect(stderr).toContain("kiln: watched in: 1 done, 0 failed\n");
    expect((await readdir(join(dir, "out/a.png"))).sort()).toEqual(["image.svg", "manifest.json"]);
  });

  test("does nothing twice after a restart, though the file has another name", async () => {
    const server = await startFakeKiln({ state: "succeeded", files: FILES });
    await watchUntil("a.png: 2 files in", server);
    await writeFile(join(dir, "in/copy.png"), "picture");
    await writeFile(join(dir, "in/new.png"), "another picture");
    await watchUntil("new.png: 2 files in", server);
    expect(submitted(server)).toBe(2);
  });

  test("tells of a file that fails and leaves it alone", async () => {
    const error = { code: "input_invalid" as const, message: "It is no picture." };
    const server = await startFakeKiln({ state: "failed", error });
    const { stderr } = await watchUntil("a.png: It is no picture.", server);
    expect(stderr).toContain("0 done, 1 failed");
    expect(submitted(server)).toBe(1);
  });
});

test.each([
  ["a folder that is not there", ["run", "image-to-svg", "--watch", "none"], "none is not a folder"],
  ["files beside the folder", ["run", "image-to-svg", "a.png", "--watch", "."], "the files come from"],
])("%s is refused with exit code 2", async (_title, args, message) => {
  const { url } = await startFakeKiln({ state: "succeeded" });
  const { exitCode, stderr } = await runCli([...args, "--api", url], { cwd: dir });
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
});
