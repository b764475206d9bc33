/** `attempt-checkpoints.ts` against a Worker in memory: what a later attempt finds, and what is done without. */
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { AttemptCheckpoints } from "../../../../gpu-runner/attempt/attempt-checkpoints.ts";
import { Workspace } from "../../../../gpu-runner/attempt/workspace.ts";
import { probeSandbox } from "../../../../gpu-runner/process/sandbox.ts";
import { ApiError, LeaseLostError } from "../../../../gpu-runner/runner-api.ts";
import { FakeRunnerApi } from "../../../helpers/fake-runner-api.ts";
import { makeLease, silentLog } from "../../../helpers/runner-fixtures.ts";

let api: FakeRunnerApi;
beforeEach(() => {
  api = new FakeRunnerApi();
});

async function setUp(signal = new AbortController().signal) {
  const root = await mkdtemp(join(tmpdir(), "kiln-test-"));
  onTestFinished(() => rm(root, { recursive: true }));
  const workspace = await Workspace.create(root);
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
  const checkpoints = new AttemptCheckpoints({ lease: makeLease(), api, workspace, signal, log });
  const path = join(workspace.workDir, "file");
  return { checkpoints, workspace, path, root, warnings };
}

const failCall = (name: string, error: Error) => {
  api.before = (call) => {
    if (call.name === name) throw error;
  };
};

describe("checkpoints of an attempt", () => {
  test("what one attempt wrote another one reads, and its children can too", async () => {
    const first = await setUp();
    await writeFile(first.path, "frames 1 to 100");
    await first.checkpoints.write("part-1.bin", first.path);
    const second = await setUp();
    expect(await second.checkpoints.names()).toEqual(["part-1.bin"]);
    expect(await second.checkpoints.read("part-1.bin", second.path)).toBe(true);
    expect(await readFile(second.path, "utf8")).toBe("frames 1 to 100");
    expect((await stat(second.path)).uid).toBe((await probeSandbox()).uid ?? process.getuid?.());
    expect(await second.checkpoints.read("part-2.bin", second.path)).toBe(false);
  });

  test("an attempt's own ones are named and can be read back, the newest content of each", async () => {
    api.checkpoints.set("b.bin", "old");
    const { checkpoints, path } = await setUp();
    expect(await checkpoints.names()).toEqual(["b.bin"]);
    for (const [name, content] of [
      ["b.bin", "new"],
      ["a.bin", "first"],
    ] as const) {
      await writeFile(path, content);
      await checkpoints.write(name, path);
    }
    expect(await checkpoints.names()).toEqual(["a.bin", "b.bin"]);
    expect(await checkpoints.read("b.bin", path)).toBe(true);
    expect(await readFile(path, "utf8")).toBe("new");
  });

  test("is read anew when a try of its upload breaks off in the middle", async () => {
    const { checkpoints, path, warnings } = await setUp();
    await writeFile(path, "x".repeat(200_000));
    api.putCheckpoint = async (_lease, { name }, content) => {
      for await (const _ of content()) break;
      api.checkpoints.set(name, await text(content()));
    };
    await checkpoints.write("a.bin", path);
    expect(api.checkpoints.get("a.bin")).toHaveLength(200_000);
    expect(warnings).toEqual([]);
  });

  test("asks for the list once, and not before it is needed", async () => {
    const { checkpoints } = await setUp();
    expect(api.calls).toEqual([]);
    await Promise.all([checkpoints.names(), checkpoints.names(), checkpoints.read("a", "/no")]);
    expect(api.of("listCheckpoints")).toHaveLength(1);
  });

  test("one whose address has expired is read by a new one", async () => {
    api.checkpoints.set("a.bin", "content");
    const { checkpoints, path } = await setUp();
    let downloads = 0;
    api.before = ({ name }) => {
      if (name === "download" && ++downloads === 1) throw new ApiError("download", 403, "signature_invalid", "expired");
    };
    expect(await checkpoints.read("a.bin", path)).toBe(true);
  });

  test.each([
    [
      "damaged",
      () => (api.before = ({ name, args }) => name === "download" && api.files.set(String(args[0]), "otherstuff")),
    ],
    ["gone", () => failCall("download", new ApiError("download", 404, "not_found", "gone"))],
  ])("one that is %s counts as absent and leaves no file", async (_, spoil) => {
    api.checkpoints.set("a.bin", "content");
    spoil();
    const { checkpoints, path, warnings } = await setUp();
    expect(await checkpoints.read("a.bin", path)).toBe(false);
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
    expect(await checkpoints.names()).toEqual([]);
    expect(warnings.join()).toContain("checkpoint a.bin can't be read");
  });

  test("one that can't be kept is done without", async () => {
    failCall("putCheckpoint", new ApiError("checkpoints", 503, null, "busy"));
    const { checkpoints, path, warnings } = await setUp();
    await writeFile(path, "x");
    await checkpoints.write("a.bin", path);
    await checkpoints.write("b.bin", join(path, "missing"));
    expect(await checkpoints.names()).toEqual([]);
    expect(warnings).toHaveLength(2);
  });

  test("a list that can't be had is an empty one", async () => {
    failCall("listCheckpoints", new ApiError("list", null, null, "no network"));
    const { checkpoints, path } = await setUp();
    expect(await checkpoints.names()).toEqual([]);
    expect(await checkpoints.read("a.bin", path)).toBe(false);
  });

  test("a lost lease is passed on, and so is the end of the attempt", async () => {
    const controller = new AbortController();
    const { checkpoints, path } = await setUp(controller.signal);
    await writeFile(path, "x");
    failCall("putCheckpoint", new LeaseLostError("gone"));
    await expect(checkpoints.write("a.bin", path)).rejects.toBeInstanceOf(LeaseLostError);
    const reason = new Error("canceled");
    failCall("putCheckpoint", reason);
    controller.abort(reason);
    await expect(checkpoints.write("a.bin", path)).rejects.toBe(reason);
  });

  test("refuses a link as the file to keep, and replaces one where a file is to come", async () => {
    const { checkpoints, path, root, workspace } = await setUp();
    const secret = join(root, "secret");
    await writeFile(secret, "secret");
    await symlink(secret, path);
    await checkpoints.write("a.bin", path);
    await symlink(root, join(workspace.workDir, "out-of-it"));
    await checkpoints.write("b.bin", join(workspace.workDir, "out-of-it", "secret"));
    await mkdir(join(workspace.workDir, "folder"));
    await checkpoints.write("c.bin", join(workspace.workDir, "folder"));
    expect([...api.checkpoints.keys()]).toEqual([]);
    api.checkpoints.set("d.bin", "content");
    const again = new AttemptCheckpoints({
      lease: makeLease(),
      api,
      workspace,
      signal: new AbortController().signal,
      log: silentLog,
    });
    expect(await again.read("d.bin", join(workspace.workDir, "out-of-it", "secret"))).toBe(false);
    expect(await again.names()).toEqual([]);
    expect(await readFile(secret, "utf8")).toBe("secret");
  });
});
