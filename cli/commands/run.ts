/** `kiln run TYPE FILE…`: a job on a server. */
import { connect } from "../connect.ts";
import { findType, readJobRequest } from "../job-request.ts";
import { resultText, showProgress } from "../job-view.ts";
import { ProgressLine, wantsColor } from "../progress-line.ts";
import { runJob } from "../run-job.ts";
import type { Terminal } from "../terminal.ts";
import { typeHelp } from "./help.ts";
import { knownTypes } from "./list-types.ts";

/** Runs the command; resolves once every artifact is on disk. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<void> {
  const { signal, stdout } = terminal;
  if (args.includes("--help") || args.includes("-h")) {
    // Without a server: nobody should have to start one to read this.
    stdout.write(typeHelp(findType(knownTypes(), args[0]), "run"));
    return;
  }
  const kiln = connect(args, terminal.env);
  const types = await kiln.jobTypes({ signal, repeatable: false });
  const request = await readJobRequest(args, types, terminal.cwd);
  const line = new ProgressLine(terminal.stderr, { color: wantsColor(terminal.stderr, terminal.env) });
  const started = performance.now();
  try {
    const { type, params, files: inputs, roles, outDir } = request;
    const asked = { type: type.name, params, files: inputs, roles, outDir, signal };
    const { job, manifest, files } = await runJob(kiln, asked, showProgress(line, type));
    line.clear();
    const seconds = Math.round(performance.now() - started) / 1000;
    stdout.write(request.json ? `${JSON.stringify({ job, files, seconds })}\n` : await resultText(manifest, files));
    for (const warning of manifest.warnings) terminal.stderr.write(`warning: ${warning}\n`);
  } finally {
    line.clear();
  }
}
