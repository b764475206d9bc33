/** `kiln rerun JOB`, `kiln pin JOB`, `kiln unpin JOB`: versions of a result, and results that are kept. */
import type { Job } from "#contract/job.ts";
import { findFlag } from "../arguments/command-line.ts";
import { JSON_FLAG, OUT_FLAG, readArguments, SERVER_FLAGS } from "../arguments/flags.ts";
import { readJobId } from "../arguments/job-ids.ts";
import { findType, PARAM_FLAG, readStep } from "../arguments/job-request.ts";
import { readOutputPlace } from "../arguments/output-place.ts";
import { checkParams } from "../arguments/param-flags.ts";
import { showProgress } from "../display/job-view.ts";
import { jsonOfJob, writeJson } from "../display/json-lines.ts";
import { ProgressLine, wantsColor } from "../display/progress-line.ts";
import { UsageError } from "../exit-codes.ts";
import { withFolder } from "../jobs/output-folder.ts";
import { followJob, inTime } from "../jobs/run-job.ts";
import { connect } from "../server/connect.ts";
import type { Terminal } from "../terminal.ts";
import type { Command } from "./command.ts";
import { interruptible, printResult } from "./run.ts";

const RERUN_FLAGS = [
  PARAM_FLAG,
  OUT_FLAG,
  { name: "no-cache", summary: "run the job though the result of an equal one is there" },
  JSON_FLAG,
  ...SERVER_FLAGS,
];
const PIN_FLAGS = [JSON_FLAG, ...SERVER_FLAGS];

export const rerun: Command = {
  name: "rerun",
  group: "Make something",
  summary: "another version of a job, with other parameters",
  usage: ["rerun JOB [--param-name value …] [-o DIR]"],
  description: "Takes the files of the job, and its parameters with those given over them. Nothing is uploaded.",
  flags: RERUN_FLAGS,
  examples: [["rerun job_… --quality high -o second", ""]],
  words: ["job", "none"],
  run: rerunCommand,
};
export const pin: Command = {
  name: "pin",
  group: "Jobs",
  summary: "keep the files of a job beyond their time",
  usage: ["pin JOB"],
  description: "Without it files go 24 hours after the job has ended, unless the job was made to keep them longer.",
  flags: PIN_FLAGS,
  examples: [],
  words: ["job", "none"],
  run: (args, terminal) => keep(args, terminal, true),
};
export const unpin: Command = {
  name: "unpin",
  group: "Jobs",
  summary: "let the files of a pinned job go after their time",
  usage: ["unpin JOB"],
  flags: PIN_FLAGS,
  examples: [],
  words: ["job", "none"],
  run: (args, terminal) => keep(args, terminal, false),
};

/** Makes another version of a job. Resolves once it is on disk. */
async function rerunCommand(args: readonly string[], terminal: Terminal): Promise<undefined> {
  const { signal, stdout, stderr, cwd } = terminal;
  const id = readJobId(args[0]);
  const kiln = await connect({ value: (name) => findFlag(args, name) }, terminal);
  const earlier = await kiln.job(id, { signal, repeatable: false });
  const type = findType(await kiln.jobTypes({ signal }), earlier.type);
  const { params, given } = readStep(type, args.slice(1), RERUN_FLAGS);
  const [word] = given.words;
  if (word !== undefined) throw new UsageError(`${word}: a rerun takes the files of the job. kiln run takes others.`);
  checkParams(type.paramsSchema, { ...earlier.params, ...params });
  const out = await readOutputPlace(type, given.value("out") ?? "out", cwd);
  const policy = given.has("no-cache") ? { cache: false } : {};
  const json = given.has("json");
  const line = new ProgressLine(stderr, { color: wantsColor(stderr, terminal.env) });
  const started = performance.now();
  try {
    const observer = interruptible(json ? jsonOfJob(stdout) : showProgress(line, type), terminal);
    const result = await withFolder(out.dir, async () => {
      const created = await kiln.rerunJob(id, { params, policy }, { signal: inTime(signal) });
      return followJob(kiln, created, { type, out, signal }, observer);
    });
    line.clear();
    await printResult(result, started, json, terminal);
  } finally {
    line.clear();
  }
}

/** Keeps the files of a job, or lets them go after their time again. */
async function keep(args: readonly string[], terminal: Terminal, pinned: boolean): Promise<undefined> {
  const given = readArguments(args, PIN_FLAGS);
  if (given.words.length > 1) throw new UsageError("One job at a time, please.");
  const id = readJobId(given.words[0]);
  const kiln = await connect(given, terminal);
  const options = { signal: terminal.signal };
  const job = await (pinned ? kiln.pin(id, options) : kiln.unpin(id, options));
  if (given.has("json")) writeJson(terminal.stdout, { job });
  else terminal.stdout.write(`${keptText(job)}\n`);
}

function keptText({ id, pinned, expiresAt }: Job): string {
  if (pinned) return `The files of ${id} are kept until it is unpinned.`;
  return expiresAt === null ? `${id} is not pinned.` : `The files of ${id} go at ${new Date(expiresAt).toISOString()}.`;
}
