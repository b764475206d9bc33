/**
 * `npm run demo [-- my-logo.svg]`: the whole path of a logo, through the public API of a stack that is started for it and
 * stopped afterwards: upload, job, live progress, signed downloads into out/, the Khronos validator's word on the GLB.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { Kiln, newSession } from "#client/kiln.ts";
import { logoTo3d } from "#contract/job-types/logo-to-3d.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import { fileSource } from "../cli/arguments/input-source.ts";
import { showProgress } from "../cli/display/job-view.ts";
import { ProgressLine, wantsColor } from "../cli/display/progress-line.ts";
import { type JobResult, runJob } from "../cli/jobs/run-job.ts";
import { validateGlb } from "../gpu-runner/engines/solid/check/validate-glb.ts";
import { type DemoInput, DemoInputError, readDemoInput } from "./demo/demo-input.ts";
import { demoReport } from "./demo/demo-report.ts";
import { startStack } from "./stack/stack.ts";
import { untilSignal } from "./stack/until-signal.ts";

const cwd = process.env.INIT_CWD ?? process.cwd();
const OUT_DIR = resolve(cwd, "out");
const type = describeJobType(logoTo3d);
const line = new ProgressLine(process.stderr, { color: wantsColor(process.stderr, process.env) });
const seconds = (since: number): number => (performance.now() - since) / 1000;

async function demo(input: DemoInput, stateDir: string, signal: AbortSignal): Promise<void> {
  const lines: string[] = [];
  const log = (source: string, text: string) => void lines.push(`${source} ${text}`);
  line.update("Starting Kiln: Worker, storage, runner, Blender", null);
  const stack = await startStack({ port: 0, stateDir, runners: 1, site: false, log, signal });
  try {
    // Time counts from the start of the process.
    const start = seconds(0);
    const submitted = performance.now();
    const kiln = new Kiln({ api: stack.url, session: newSession() });
    const out = { dir: OUT_DIR, file: null };
    const request = { type, params: input.params, inputs: [fileSource(input.path)], out, signal };
    const result = await runJob(kiln, request, showProgress(line, type)).catch((error) => {
      throw Object.assign(error as Error, { log: lines.slice(-20).join("\n") });
    });
    const job = seconds(submitted);
    line.update("Validating the GLB", 1);
    await requireValidGlb(result);
    line.update("Stopping", null);
    await stack.stop();
    line.clear();
    const { manifest } = result.job;
    if (!manifest) throw new Error("The job has no manifest.");
    const files = result.files.map((file) => ({ ...file, path: relative(cwd, file.path) }));
    process.stdout.write(demoReport(type, manifest, files, { start, job, total: seconds(0) }));
    for (const warning of manifest.warnings) process.stdout.write(`\nNote: ${warning}\n`);
    process.stdout.write("\nglTF-Validator: 0 errors. Next: npm start, then open the address it prints.\n");
  } finally {
    await stack.stop();
  }
}

/** The demo's own check of what arrived, by the Khronos glTF-Validator. */
async function requireValidGlb({ files }: JobResult): Promise<void> {
  const glb = files.find(({ name }) => name === "model.glb");
  if (!glb) throw new Error("There is no model.glb among the files.");
  const { errors } = await validateGlb(await readFile(glb.path));
  if (errors.length > 0) throw new Error(`glTF-Validator finds errors in model.glb:\n  ${errors.join("\n  ")}`);
}

async function main(): Promise<number> {
  const stopping = untilSignal();
  const stateDir = await mkdtemp(join(tmpdir(), "kiln-demo-"));
  try {
    const input = await readDemoInput(process.argv.slice(2), cwd, type);
    process.stderr.write(`${basename(input.path)} becomes a 3D model.\n`);
    await demo(input, stateDir, stopping.signal);
    return 0;
  } catch (error) {
    line.clear();
    if (stopping.signal.aborted) return 130;
    const { message, log } = error as Error & { log?: string };
    process.stderr.write(`demo: ${message}\n${log ? `What the stack said last:\n${log}\n` : ""}`);
    return error instanceof DemoInputError ? 2 : 1;
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}

process.exit(await main());
