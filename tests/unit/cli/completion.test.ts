/** Completion: what may come next, and that shells which are installed do complete with the scripts. */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { suggest } from "../../../cli/commands/completion.ts";
import { COMMANDS } from "../../../cli/commands/table.ts";
import { runCli } from "../../helpers/cli-runner.ts";
import { startFakeKiln } from "../../helpers/fake-kiln-server.ts";

/** A few starts of Node, on a machine with other things to do. */
const SHELL_TIMEOUT_MS = 20_000;
const run = promisify(execFile);
const wordsOf = (...words: string[]) => suggest(words, COMMANDS).words.map(({ word }) => word);

describe("what may come next", () => {
  test.each<[string[], string[]]>([
    [["lo"], ["logs", "local", "login", "logout"]],
    [["run", "logo"], ["logo-to-3d"]],
    [["run", "logo-to-3d", "a.svg", "--layer"], ["--layering"]],
    [
      ["run", "logo-to-3d", "a.svg", "--layering", ""],
      ["flat", "stacked"],
    ],
    [["run", "logo-to-3d", "--formats", "st"], ["stl"]],
    [["run", "remove-background", "a.png", "--then", "im"], ["image-to-svg"]],
    [["run", "remove-background", "a.png", "--then", "image-to-svg", "--maxB"], []],
    [["run", "remove-background", "a.png", "--then", "image-to-svg", "--max-b"], ["--max-bytes"]],
    [
      ["run", "image-to-svg", "--preset", "p"],
      ["poster", "photo", "pixel-art", "print"],
    ],
    [["jobs", "--state", "s"], ["succeeded"]],
    [["jobs", "--state=s"], ["--state=succeeded"]],
    [["run", "logo-to-3d", "--formats", "glb,u"], ["glb,usdz"]],
    [["keys", "r"], ["revoke"]],
    [["help", "doc"], ["doctor"]],
    [["completion", "f"], ["fish"]],
    [["nonsense", ""], []],
  ])("behind %j", (words, expected) => {
    expect(wordsOf(...words).toSorted()).toEqual(expected.toSorted());
  });

  test("files and folders are left to the shell", () => {
    expect(suggest(["run", "logo-to-3d", ""], COMMANDS).paths).toBe("file");
    expect(suggest(["run", "logo-to-3d", "a.svg", "-o", ""], COMMANDS).paths).toBe("folder");
    expect(suggest(["run", "remove-background", "a.png", "--background", ""], COMMANDS).paths).toBe("file");
  });
});

describe("in a real shell", () => {
  let dir: string;
  let env: NodeJS.ProcessEnv;
  const has = async (shell: string) =>
    run(shell, ["-c", "true"]).then(
      () => true,
      () => false,
    );

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "kiln-shell-"));
    const kiln = join(import.meta.dirname, "../../../cli/kiln.ts");
    await writeFile(join(dir, "kiln"), `#!/bin/sh\nexec "${process.execPath}" "${kiln}" "$@"\n`);
    await chmod(join(dir, "kiln"), 0o755);
    await mkdir(join(dir, "files/pictures"), { recursive: true });
    await writeFile(join(dir, "files/photo one.png"), "");
    env = { ...process.env, PATH: `${dir}${delimiter}${process.env.PATH}` };
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test(
    "bash completes types, files with spaces and folders",
    async ({ skip }) => {
      if (!(await has("bash"))) skip("bash is not installed");
      const complete = (...words: string[]) => {
        const list = words.map((word) => `'${word}'`).join(" ");
        return `COMP_WORDS=(kiln ${list}); COMP_CWORD=${words.length}; _kiln; printf '%s|' "\${COMPREPLY[@]}"; echo`;
      };
      const script = [
        "source <(kiln completion bash)",
        complete("run", "image"),
        complete("run", "image-to-svg", "ph"),
        complete("run", "image-to-svg", "x.png", "-o", "p"),
      ].join("\n");
      const { stdout, stderr } = await run("bash", ["-c", script], { env, cwd: join(dir, "files") });
      expect(stderr).toBe("");
      expect(stdout.trimEnd().split("\n")).toEqual(["image-to-svg|", "photo one.png|", "pictures|"]);
    },
    SHELL_TIMEOUT_MS,
  );

  test.each([
    ["zsh", "autoload -U compinit; compinit -D; source <(kiln completion zsh); print $_comps[kiln]", "_kiln"],
    ["fish", "kiln completion fish | source; complete -C 'kiln dow' | string split -f1 \\t", "download"],
  ])("%s takes its script", async (shell, script, expected) => {
    // Not every machine has it.
    if (!(await has(shell))) return;
    const { stdout } = await run(shell, ["-c", script], { env, cwd: join(dir, "files") });
    expect(stdout.trim()).toBe(expected);
  });
});

test("ids are those of the caller's own jobs and batches; without a server there are none", async () => {
  const job = "job_00000000000000000000000000";
  const batch = "bat_00000000000000000000000000";
  const { url } = await startFakeKiln({
    state: "succeeded",
    answers: {
      "GET /v1/jobs": { jobs: [{ id: job, type: "echo", state: "failed", createdAt: Date.now() }], cursor: null },
      "GET /v1/batches": { batches: [{ id: batch, state: "finished", size: 2, createdAt: Date.now() }], cursor: null },
    },
  });
  const cwd = await mkdtemp(join(tmpdir(), "kiln-ids-"));
  const asked = async (api: string, ...words: string[]) =>
    (await runCli(["completion", "suggest", ...words], { cwd, env: { KILN_URL: api } })).stdout;
  expect(await asked(url, "status", "job_")).toMatch(new RegExp(`^none\n${job}\techo, failed, .+\n$`));
  expect(await asked(url, "status", "job_1")).toBe("none\n");
  expect(await asked(url, "jobs", "--batch", "")).toMatch(new RegExp(`^none\n${batch}\t2 jobs, finished, .+\n$`));
  expect(await asked("http://127.0.0.1:9", "status", "")).toBe("none\n");
  await rm(cwd, { recursive: true });
});
