/** `kiln download JOB…`: waits for jobs, or all of a batch, and saves their files. */
import { join } from "node:path";
import { JSON_FLAG, OUT_FLAG, readArguments, SERVER_FLAGS } from "../arguments/flags.ts";
import { isBatchId, readJobId } from "../arguments/job-ids.ts";
import { findType } from "../arguments/job-request.ts";
import { readOutputPlace } from "../arguments/output-place.ts";
import { showProgress } from "../display/job-view.ts";
import { jsonOfJob } from "../display/json-lines.ts";
import { ProgressLine, wantsColor } from "../display/progress-line.ts";
import { NoFilesError, UsageError } from "../exit-codes.ts";
import { withFolder } from "../jobs/output-folder.ts";
import { followJob } from "../jobs/run-job.ts";
import { connect } from "../server/connect.ts";
import type { Terminal } from "../terminal.ts";
import type { Command } from "./command.ts";
import { interruptible, printResult } from "./run.ts";

const FLAGS = [
  { ...OUT_FLAG, summary: "where files are written (default: out); of several jobs, a folder for each" },
  JSON_FLAG,
  ...SERVER_FLAGS,
];

export const download: Command = {
  name: "download",
  group: "Jobs",
  summary: "wait for jobs, or a batch, and save their files",
  usage: ["download JOB… [-o DIR]", "download BATCH [-o DIR]"],
  description:
    "Goes on with a job that was left, from any machine with the same key. Ctrl-C cancels the job that it waits for.",
  flags: FLAGS,
  examples: [
    ["download job_… -o model", ""],
    ["download job_… -o model.stl", "that file only"],
  ],
  words: ["job", "job"],
  run: downloadCommand,
};

async function downloadCommand(args: readonly string[], terminal: Terminal): Promise<undefined> {
  const { signal, stdout, stderr, env, cwd } = terminal;
  const given = readArguments(args, FLAGS);
  const kiln = await connect(given, terminal);
  const words = given.words.length === 0 ? [readJobId(undefined)] : given.words;
  const targets: { id: string; folder: string }[] = [];
  for (const word of words) {
    if (!isBatchId(word)) targets.push({ id: readJobId(word), folder: word });
    else
      for await (const job of kiln.listBatchJobs(word, { signal }))
        targets.push({ id: job.id, folder: job.key ?? job.id });
  }
  const types = await kiln.jobTypes({ signal });
  const failures: string[] = [];
  const line = new ProgressLine(stderr, { color: wantsColor(stderr, env) });
  for (const { id, folder } of targets) {
    const job = await kiln.job(id, { signal });
    const type = findType(types, job.type);
    const place = await readOutputPlace(type, given.value("out") ?? "out", cwd);
    if (place.file !== null && targets.length > 1)
      throw new UsageError("-o names one file, and there are several jobs: name a folder.");
    const out = targets.length > 1 ? { ...place, dir: join(place.dir, folder) } : place;
    const started = performance.now();
    try {
      const shown = given.has("json") ? jsonOfJob(stdout) : showProgress(line, type);
      const result = await withFolder(out.dir, () =>
        followJob(kiln, job, { type, out, signal }, interruptible(shown, terminal)),
      );
      line.clear();
      await printResult(result, started, given.has("json"), terminal);
    } catch (error) {
      line.clear();
      if (!(error instanceof NoFilesError) || targets.length === 1) throw error;
      failures.push(`${folder}: ${error.message}`);
    }
  }
  if (failures.length > 0) {
    throw new NoFilesError(
      "failed",
      `${failures.length} of ${targets.length} jobs did not succeed.\n${failures.join("\n")}`,
    );
  }
}
