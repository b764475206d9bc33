/** The commands around jobs, keys and the server: what they ask for, print and exit with. */
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { COMMANDS } from "../../../cli/commands/table.ts";
import { InterruptedError } from "../../../cli/main.ts";
import { type CliOptions, runCli } from "../../helpers/cli-runner.ts";
import { type FakeJob, startFakeKiln } from "../../helpers/fake-kiln-server.ts";

const ID = "job_00000000000000000000000000";
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-commands-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const kiln = (args: string[], options: Omit<CliOptions, "cwd"> = {}) => runCli(args, { ...options, cwd: dir });
const server = (answers: Record<string, unknown>, job: Partial<FakeJob> = {}) =>
  startFakeKiln({ state: "succeeded", answers, ...job });
const listed = (id: string, more: object = {}) => ({
  id,
  type: "echo",
  state: "succeeded",
  createdAt: 0,
  error: null,
  ...more,
});

describe("jobs", () => {
  test("are a table for people and an object a line for programs", async () => {
    const jobs = [
      listed(ID),
      listed(ID, { type: "animate", state: "failed", error: { code: "timeout", message: "Too slow." } }),
    ];
    const { url } = await server({ "GET /v1/jobs": { jobs, cursor: null } });
    const { stdout } = await kiln(["jobs", "--api", url]);
    expect(stdout).toMatch(
      new RegExp(`^JOB +TYPE +STATE +MADE\\n${ID} +echo +succeeded +\\d+ d ago\\n.*failed.*Too slow\\.\\n$`),
    );
    const lines = (await kiln(["jobs", "--json", "--api", url])).stdout.trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(["echo", "animate"]);
    expect((await kiln(["jobs", "--type", "animate", "--json", "--api", url])).stdout.split("\n")).toHaveLength(2);
  });

  test("batches are listed, and the jobs of one", async () => {
    const batch = "bat_00000000000000000000000000";
    const counts = { planned: 0, waiting: 0, queued: 0, running: 0, succeeded: 3, failed: 1, canceled: 0, expired: 1 };
    const done = { id: batch, state: "finished", size: 5, createdAt: 0, counts };
    const { url } = await server({
      "GET /v1/batches": { batches: [done], cursor: null },
      "GET /v1/jobs": { jobs: [listed(ID)], cursor: null },
    });
    const { stdout } = await kiln(["batches", "--api", url]);
    expect(stdout).toMatch(new RegExp(`^BATCH +STATE +JOBS +FAILED +MADE\\n${batch} +finished +5 +2 +\\d+ d ago\\n$`));
    expect((await kiln(["jobs", "--batch", batch, "--api", url])).stdout).toContain(ID);
    const wrong = await kiln(["jobs", "--batch", ID, "--api", url]);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("is not the id of a batch")]);
  });

  test("presets are listed with one's own, saved from a job and removed", async () => {
    const type = { name: "echo", presets: [{ name: "loud", title: "Loud", description: "", params: {} }] };
    const own = { type: "echo", name: "mine", title: "My way", description: "", params: { note: "x" } };
    const { url } = await server({
      "GET /v1/job-types": { jobTypes: [type] },
      "GET /v1/caller": { key: { id: "key_1" } },
      "GET /v1/presets": { presets: [own] },
      [`GET /v1/jobs/${ID}`]: listed(ID, { params: { note: "x" } }),
      "PUT /v1/presets/echo/mine": own,
      "DELETE /v1/presets/echo/mine": {},
    });
    const { stdout } = await kiln(["presets", "--api", url]);
    expect(stdout).toBe("TYPE  PRESET         TITLE\necho  loud           Loud\necho  mine    yours  My way\n");
    expect((await kiln(["presets", "save", "mine", ID, "--api", url])).stdout).toContain("kiln run echo --preset mine");
    expect((await kiln(["presets", "remove", "echo", "mine", "--api", url])).stdout).toBe("mine of echo is removed\n");
    expect((await kiln(["presets", "keep", "--api", url])).stderr).toContain("does list, save, remove");
  });

  test("status shows state, error and place in line", async () => {
    const queue = { position: 3, startsInS: 130, etaS: 200, paused: false };
    const job = {
      ...listed(ID, { state: "queued" }),
      queue,
      params: {},
      inputs: [],
      progress: null,
      manifest: null,
      attempt: 0,
    };
    const { url } = await server({
      [`GET /v1/jobs/${ID}`]: { ...job, startedAt: null, finishedAt: null, purgedAt: null, expiresAt: null },
    });
    const { stdout } = await kiln(["status", ID, "--api", url]);
    expect(stdout).toMatch(/line +Place 3 in line, starts in about 2 min, done in about 3 min\n/);
  });

  test("logs come page by page, or as they are written", async () => {
    const { url } = await server({}, { logs: ["one", "two", "three"] });
    expect((await kiln(["logs", ID, "--api", url])).stdout).toBe("one\ntwo\nthree\n");
    expect((await kiln(["logs", "-f", ID, "--api", url])).exitCode).toBe(0);
  });

  test("cancel and retry take several jobs, or all", async () => {
    const { url, seen } = await server({
      [`POST /v1/jobs/${ID}/retry`]: { id: ID, state: "queued" },
      "POST /v1/jobs/cancel": { changed: 2, skipped: 0, cursor: null },
    });
    expect((await kiln(["retry", ID, "--api", url])).stdout).toBe(`${ID} is queued\n`);
    expect((await kiln(["cancel", "--all", "--api", url])).stdout).toBe("2 jobs are cancelled\n");
    expect((await kiln(["cancel", "--api", url])).exitCode).toBe(2);
    expect(seen).toEqual([`POST /v1/jobs/${ID}/retry`, "POST /v1/jobs/cancel"]);
  });

  test("download waits for a job that was left and saves its files, or the one that is asked for", async () => {
    const files = { "model.glb": "glTF…", "model.stl": "solid" };
    const { url } = await server({}, { type: "logo-to-3d", files });
    const { stdout } = await kiln(["download", ID, "-o", "mine.stl", "--api", url]);
    expect(stdout).toContain("mine.stl");
    expect(await readFile(join(dir, "mine.stl"), "utf8")).toBe("solid");
    expect((await kiln(["download", ID, "-o", "all", "--api", url])).exitCode).toBe(0);
    expect(await readFile(join(dir, "all/model.glb"), "utf8")).toBe("glTF…");
  });

  test("open starts the browser that the environment names, and prints the address where that fails", async () => {
    const opened = join(dir, "opened");
    await writeFile(join(dir, "browser"), `#!/bin/sh\necho "$1" > ${opened}\n`);
    await chmod(join(dir, "browser"), 0o755);
    const args = ["open", ID, "--api", "http://127.0.0.1:1"];
    expect((await kiln(args, { env: { BROWSER: join(dir, "browser") } })).exitCode).toBe(0);
    expect(await readFile(opened, "utf8")).toBe(`http://127.0.0.1:1/jobs/${ID}\n`);
    const failed = await kiln(args, { env: { BROWSER: join(dir, "none") } });
    expect(failed.stdout).toBe(`http://127.0.0.1:1/jobs/${ID}\n`);
  });

  test("share prints the link alone on standard output", async () => {
    const made = { id: "shr_1", url: "https://kiln.test/s/token", expiresAt: Date.now() + 7_200_000 };
    const { url } = await server({ [`POST /v1/jobs/${ID}/shares`]: made });
    const { stdout, stderr } = await kiln(["share", ID, "--for", "2h", "--api", url]);
    expect(stdout).toBe("https://kiln.test/s/token\n");
    expect(stderr).toContain("--revoke shr_1");
    expect((await kiln(["share", ID, "--for", "soon", "--api", url])).stderr).toContain("a time like 90min, 12h or 7d");
  });
});

describe("keys", () => {
  test("a new key's secret is alone on standard output", async () => {
    const made = { id: "key_1", name: "Shop", secret: "kiln_live_x", scopes: ["read"] };
    const { url } = await server({ "POST /v1/keys": made });
    const { stdout } = await kiln(["keys", "create", "Shop", "--scopes", "read", "--expires", "90d", "--api", url]);
    expect(stdout).toBe("kiln_live_x\n");
  });

  test("a scope that is none is refused with the nearest", async () => {
    const { exitCode, stderr } = await kiln([
      "keys",
      "create",
      "Shop",
      "--scopes",
      "raed",
      "--api",
      "http://127.0.0.1:1",
    ]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("Did you mean read?")]);
  });

  test("a key that is refused exits 4 and says how to log in", async () => {
    const { url } = await server({});
    const { exitCode } = await kiln(["keys", "list", "--api", url]);
    expect(exitCode).not.toBe(0);
  });
});

test("usage is a table with a total", async () => {
  const amount = {
    jobs: 2,
    states: { failed: 1 },
    runSeconds: 60,
    bytesIn: 1_000,
    bytesOut: 2_000_000,
    estimatedCost: 0.5,
  };
  const used = {
    from: "2026-11-01",
    to: "2026-11-22",
    currency: "USD",
    total: amount,
    types: [{ type: "echo", ...amount }],
    days: [],
  };
  const { url } = await server({ "GET /v1/usage": used });
  expect((await kiln(["usage", "--api", url])).stdout).toMatch(/echo +2 +1 +1 min +1\.0 kB +2\.0 MB +0\.50 USD\ntotal/);
});

test("webhooks: the secret of a new one is shown, a wrong action is refused", async () => {
  const hook = { id: "whk_1", url: "https://hooks.test", secret: "whsec_x", enabled: true };
  const { url } = await server({ "POST /v1/webhooks": hook, "GET /v1/webhooks": { webhooks: [hook] } });
  expect((await kiln(["webhooks", "create", "https://hooks.test", "--api", url])).stdout).toContain("secret  whsec_x");
  expect((await kiln(["webhooks", "--api", url])).stdout).toMatch(/whk_1 +on +https:\/\/hooks\.test/);
  expect((await kiln(["webhooks", "make", "--api", url])).exitCode).toBe(2);
});

describe("doctor", () => {
  const health = { status: "ok", ready: true, version: "0.1.0" };
  const runner = { name: "r", pool: "cpu", jobTypes: ["echo"], slots: 1, ready: true, seenAt: 0 };

  test("exits 0 when nothing is missing, and tells of server, runners, clock and key", async () => {
    const { url } = await server({ "GET /health": { ...health, runners: [runner] } });
    const { exitCode, stdout } = await kiln(["doctor", "--server", "--api", url]);
    expect(stdout).toMatch(/ok +runners +1 ready\n/);
    expect(stdout).toMatch(/ok +clock +within 1 s/);
    expect([exitCode, stdout.endsWith("Nothing is missing.\n")]).toEqual([0, true]);
  });

  test("exits 1 with the command that mends what is missing", async () => {
    const { url } = await server({ "GET /health": { ...health, runners: [] } });
    const { exitCode, stdout } = await kiln(["doctor", "--server", "--api", url]);
    expect(stdout).toMatch(/MISSING +runners +none is ready.*\n +→ npm start/);
    expect(exitCode).toBe(1);
    const away = await kiln(["doctor", "--server", "--api", "http://127.0.0.1:1"]);
    expect([away.exitCode, away.stdout]).toEqual([1, expect.stringMatching(/does not answer\n +→ npm start/)]);
  });

  test("looks at every engine of this machine, through the runner's own probes", async () => {
    const { stdout } = await kiln(["doctor", "--local", "--json"], {
      env: { HOME: dir, PATH: process.env.PATH ?? "" },
    });
    const findings = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { name: string; state: string; fix?: string });
    expect(findings.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "Node",
        "Blender (bpy)",
        "rembg",
        "COLMAP and Open3D",
        "ffmpeg and img2webp",
        "f3d",
        "GPU",
        "disk for work",
      ]),
    );
    // This home holds no environment.
    expect(findings.find(({ name }) => name === "rembg")).toMatchObject({ state: "missing", fix: "npm run setup" });
  });
});

describe("an interrupt", () => {
  test("says what became of the job", async () => {
    const { url } = await startFakeKiln({ state: "running" });
    const stop = new AbortController();
    const onStderr = (text: string) => text.includes("build") && stop.abort(new InterruptedError(130));
    const run = kiln(["run", "echo", "--api", url], { onStderr, signal: stop.signal });
    const { exitCode, stderr, parting } = await run;
    expect(exitCode).toBe(130);
    expect(stderr).toContain(`${ID} is cancelled. kiln retry ${ID} puts it back in line.`);
    expect([stderr, parting]).toEqual([expect.not.stringContaining("kiln download"), ""]);
  });
});

describe("an interrupt later or earlier", () => {
  const interrupted = async (args: string[], when: string, options: Omit<CliOptions, "cwd"> = {}) => {
    const { url, seen } = await startFakeKiln({ state: "succeeded", files: { "a.txt": "a" } });
    const stop = new AbortController();
    const watching = (text: string) => text.includes(when) && stop.abort(new InterruptedError(130));
    const result = await kiln([...args, "--api", url], { onStderr: watching, signal: stop.signal, ...options });
    return { ...result, seen };
  };

  test("while files are saved says how to get them, and leaves no folder", async () => {
    const { exitCode, stderr } = await interrupted(["run", "echo"], "Downloading");
    expect([exitCode, stderr]).toEqual([130, expect.stringContaining(`kiln download ${ID} waits for it`)]);
    expect(await readdir(dir)).not.toContain("out");
  });

  test("while a job is submitted waits for its id and cancels it", async () => {
    await writeFile(join(dir, "a.txt"), "abcdef");
    const stop = new AbortController();
    const { url, seen } = await startFakeKiln({
      state: "running",
      onCall: (call) => call === "POST /v1/jobs" && stop.abort(new InterruptedError(130)),
    });
    const { exitCode, stderr } = await kiln(["run", "echo", "a.txt", "--api", url], { signal: stop.signal });
    expect([exitCode, stderr]).toEqual([130, expect.stringContaining(`${ID} is cancelled`)]);
    expect(seen).toContain(`POST /v1/jobs/${ID}/cancel`);
  });

  test("ends the waiting for standard input", async () => {
    const stop = new AbortController();
    const { url } = await startFakeKiln({ state: "succeeded" });
    const silent = Object.assign(new PassThrough(), { isTTY: false });
    silent.once("resume", () => stop.abort(new InterruptedError(130)));
    silent.once("newListener", () => setImmediate(() => stop.abort(new InterruptedError(130))));
    const { exitCode } = await kiln(["run", "echo", "-", "--api", url], { keyboard: silent, signal: stop.signal });
    expect(exitCode).toBe(130);
  });
});

describe("while a job waits", () => {
  test("its place in line is shown", async () => {
    const queue = { position: 2, startsInS: 60, etaS: null, paused: false };
    const { url } = await server({}, { queue, files: {} });
    let shown = "";
    await kiln(["run", "echo", "--api", url], { onStderr: (text) => (shown += text) });
    expect(shown).toContain("Place 2 in line, starts in about 1 min\n");
  });
});

describe("help", () => {
  test.each(COMMANDS.map((command) => [command.name]))(
    "kiln help %s shows how it is called, and so does --help",
    async (name) => {
      const { exitCode, stdout } = await kiln(["help", name]);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(new RegExp(`^kiln ${name}`));
      expect((await kiln([name, "--help"])).stdout).toBe(stdout);
    },
  );

  test("every example is read without a mistake", async () => {
    for (const { name, examples } of COMMANDS) {
      for (const [line] of examples) expect(line.split(" ")[0]).toBe(name);
    }
  });

  test("an unknown flag of any command names the nearest", async () => {
    for (const { name } of COMMANDS.filter(
      ({ typed, flags }) => !typed && flags.some((flag) => flag.name === "json"),
    )) {
      const { exitCode, stderr } = await kiln([
        name,
        ...(name === "rerun" ? [ID] : []),
        "--jsn",
        "--api",
        "http://127.0.0.1:1",
      ]);
      if (name === "rerun") continue;
      expect([name, exitCode, stderr]).toEqual([name, 2, expect.stringContaining("Did you mean --json?")]);
    }
  });
});
