/**
 * `kiln local TYPE FILE…`: the job on this machine, without a server. The runner does the work, as a program of its own:
 * one JSON line in, JSON lines out.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Progress } from "#contract/job.ts";
import { findOutput } from "#contract/job-types/job-type.ts";
import type { Manifest } from "#contract/manifest.ts";
import { findType, LOCAL_FLAGS, readJobRequest } from "../arguments/job-request.ts";
import { checkUntouched } from "../arguments/output-place.ts";
import { resultText } from "../display/job-view.ts";
import { writeJson } from "../display/json-lines.ts";
import { ProgressLine, wantsColor } from "../display/progress-line.ts";
import { typeHelp } from "../display/type-help.ts";
import { NoFilesError, UsageError } from "../exit-codes.ts";
import { withFolder } from "../jobs/output-folder.ts";
import type { SavedFile } from "../jobs/save-artifact.ts";
import type { Terminal } from "../terminal.ts";
import { PACKAGE_ROOT } from "../version.ts";
import type { Command } from "./command.ts";
import { knownTypes } from "./job-types.ts";

const LOCAL_RUNNER = join(PACKAGE_ROOT, "gpu-runner/local.ts");

/** What the runner prints, one a line. */
type LocalMessage =
  | ({ kind: "progress" } & Progress)
  | { kind: "log"; line: string }
  | { kind: "warning"; message: string }
  | { kind: "result"; manifest: Manifest }
  | { kind: "error"; code: string; message: string };

export const local: Command = {
  name: "local",
  group: "Make something",
  summary: "run the job on this machine, without a server",
  usage: ["local TYPE FILE… [--param-name value …] [-o DIR]"],
  description: "Needs the repository and its engines (npm run setup); kiln doctor says what is missing.",
  flags: LOCAL_FLAGS,
  examples: [
    ['local text-to-3d --text "Hello" --font serif --bevel-mm 0.6', ""],
    ["local remove-background photos/ --background sky.jpg -o cutouts", ""],
  ],
  words: ["job-type", "file"],
  typed: true,
  help: (args) =>
    args[0] === undefined || args[0].startsWith("-") ? null : typeHelp(findType(knownTypes(), args[0]), "local"),
  run: localCommand,
};

/** Runs the command; resolves once every artifact is on disk. */
async function localCommand(args: readonly string[], terminal: Terminal): Promise<undefined> {
  const { type, params, files: inputs, roles, outDir, json } = await readJobRequest(args, knownTypes(), terminal.cwd);
  if (!existsSync(LOCAL_RUNNER)) {
    throw new UsageError(
      "kiln local runs the engines, which are in the repository and not in this package. kiln run asks a server.",
    );
  }
  const titles = new Map(type.stages.map(({ name, title }) => [name, title]));
  const line = new ProgressLine(terminal.stderr, { color: wantsColor(terminal.stderr, terminal.env) });
  const started = performance.now();
  try {
    const given = [...inputs, ...Object.values(roles)];
    await checkUntouched(
      given,
      given.filter((path) => dirname(path) === outDir && findOutput(type, basename(path))),
    );
    line.update("Starting", null);
    const request = { type: type.name, params, inputs, roles, outDir };
    const manifest = await withFolder(outDir, () =>
      runLocally(request, terminal.signal, (message) => {
        if (message.kind !== "progress") return;
        const { stage, percent } = message;
        line.update(titles.get(stage) ?? stage, percent === null ? null : percent / 100);
      }),
    );
    line.clear();
    const files = await savedFiles(outDir, manifest);
    const seconds = Math.round(performance.now() - started) / 1000;
    if (json) writeJson(terminal.stdout, { kind: "result", manifest, files, seconds });
    else terminal.stdout.write(await resultText(manifest, files));
    for (const warning of manifest.warnings) terminal.stderr.write(`warning: ${warning}\n`);
  } finally {
    line.clear();
  }
}

/** Starts the runner for one job and resolves with its manifest. */
async function runLocally(
  request: object,
  signal: AbortSignal,
  onMessage: (message: LocalMessage) => void,
): Promise<Manifest> {
  const child = spawn(process.execPath, [LOCAL_RUNNER], { stdio: ["pipe", "pipe", "inherit"], detached: true });
  // Its own process group: Ctrl-C reaches this process only, which asks the runner to stop and clean up.
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  child.stdin.on("error", () => undefined);
  child.stdin.end(`${JSON.stringify(request)}\n`);
  const exited = once(child, "exit") as Promise<[number | null, string | null]>;
  let outcome: LocalMessage | null = null;
  for await (const text of createInterface({ input: child.stdout })) {
    const message = JSON.parse(text) as LocalMessage;
    if (message.kind === "result" || message.kind === "error") outcome = message;
    else onMessage(message);
  }
  const [code, killedBy] = await exited;
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  if (outcome?.kind === "result") return outcome.manifest;
  if (outcome?.kind === "error") throw new NoFilesError(outcome.code, outcome.message);
  throw new NoFilesError("engine_failed", `The runner stopped without a result (${killedBy ?? `exit code ${code}`}).`);
}

/** The artifacts as they lie on disk: what is not there is a failure, whatever the runner said. */
async function savedFiles(outDir: string, manifest: Manifest): Promise<SavedFile[]> {
  const names = [...manifest.artifacts.map(({ name }) => name), "manifest.json"];
  return Promise.all(
    names.map(async (name) => {
      const path = join(outDir, name);
      const info = await stat(path).catch(() => null);
      if (!info?.isFile()) throw new NoFilesError("output_invalid", `${path} was not written.`);
      return { name, path, bytes: info.size };
    }),
  );
}
