/**
 * Runs one job with no server, through the same recipe code as a leased attempt, and puts its files into a folder. Files
 * appear there only once all of them are complete.
 */
import { randomBytes } from "node:crypto";
import { chmod, chown, copyFile, mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Manifest } from "#contract/manifest.ts";
import { checkInputs, checkParams, type RecipeObserver, runRecipe } from "./attempt/recipe-runner.ts";
import { Workspace } from "./attempt/workspace.ts";
import { systemClock } from "./clock.ts";
import type { Engine } from "./engines/engine.ts";
import type { Engines } from "./engines/engines.ts";
import { type InputFile, JobFailure, NO_CHECKPOINTS, type Recipe } from "./jobs/job.ts";
import { RECIPES } from "./jobs/recipes.ts";

export interface LocalJob {
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Paths of the input files that are worked on. */
  readonly inputs: readonly string[];
  /** Paths of files that have a role, by its name. */
  readonly roles?: Readonly<Record<string, string>>;
  /** Where the artifacts and `manifest.json` go; made if needed. */
  readonly outDir: string;
}

export interface LocalRun {
  readonly engines: Engines;
  readonly workRoot: string;
  readonly signal: AbortSignal;
  readonly observer: RecipeObserver;
  /** Default: the job type's. */
  readonly timeoutMs?: number;
}

export interface LocalResult {
  readonly manifest: Manifest;
  /** Absolute paths of what was written, `manifest.json` last. */
  readonly files: readonly string[];
}

/** Runs `job` to its end. Rejects with `JobFailure`, or with the signal's reason. Leaves nothing behind but the files. */
export async function runLocal(job: LocalJob, run: LocalRun): Promise<LocalResult> {
  const recipe = findRecipe(job.type);
  const timeoutMs = run.timeoutMs ?? recipe.type.timeoutS * 1000;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([run.signal, timeout]);
  checkParams(recipe.type, job.params);
  const described = await Promise.all([
    ...job.inputs.map((path) => describeInput(path, null)),
    ...Object.entries(job.roles ?? {}).map(([role, path]) => describeInput(path, role)),
  ]);
  checkInputs(recipe.type, described);
  const workspace = await Workspace.create(run.workRoot);
  try {
    const inputs = await Promise.all(described.map((input, index) => takeInput(input, index, workspace)));
    const { engines, observer } = run;
    const { manifest, artifacts } = await runRecipe({
      recipe,
      params: job.params,
      inputs,
      workspace,
      engines,
      checkpoints: NO_CHECKPOINTS,
      signal,
      attempt: 1,
      tag: randomBytes(16).toString("hex"),
      timeoutMs,
      observer,
      now: systemClock.now,
    });
    return { manifest, files: await publish(job.outDir, manifest, artifacts) };
  } catch (error) {
    if (timeout.aborted && !run.signal.aborted)
      throw new JobFailure("timeout", `The job took longer than ${timeoutMs / 1000} s.`, { cause: error });
    throw error;
  } finally {
    await workspace.remove();
  }
}

/** Begins to start what the job needs. Rejects with `JobFailure` that names what is missing and its fix. */
export async function prepareEngines(job: Pick<LocalJob, "type" | "params">, engines: Engines): Promise<void> {
  const recipe = findRecipe(job.type);
  const idle = recipe.idleEngines?.(checkParams(recipe.type, job.params)) ?? [];
  const needed = recipe.engines.filter((name) => !idle.includes(name)).map((name) => engines[name] as Engine);
  const probes = await Promise.all(needed.map((engine) => engine.probe()));
  for (const probe of probes)
    if (!probe.ok)
      throw new JobFailure("engine_missing", `This machine lacks ${probe.missing}. What fixes it: ${probe.fix}`);
  for (const engine of needed) engine.warm({ once: true });
}

function findRecipe(type: string): Recipe {
  const recipe = RECIPES.get(type);
  if (!recipe)
    throw new JobFailure("unknown_job_type", `There is no job type ${type}. Known: ${[...RECIPES.keys()].join(", ")}.`);
  return recipe;
}

async function describeInput(path: string, role: string | null): Promise<InputFile> {
  const file = await stat(path).catch((cause) => {
    throw new JobFailure("input_invalid", `${path} can't be read: no such file, or no permission.`, { cause });
  });
  if (!file.isFile()) throw new JobFailure("input_invalid", `${path} is not a file.`);
  const contentType = "application/octet-stream";
  return { path: resolve(path), filename: basename(path), bytes: file.size, contentType, role };
}

async function takeInput(input: InputFile, index: number, workspace: Workspace): Promise<InputFile> {
  const path = workspace.inputPath(index);
  await copyFile(input.path, path).catch((cause) => {
    throw new JobFailure("input_invalid", `${input.filename} can't be read.`, { cause });
  });
  await workspace.giveToChildren(path);
  return { ...input, path };
}

async function publish(
  outDir: string,
  manifest: Manifest,
  artifacts: readonly { name: string; path: string }[],
): Promise<string[]> {
  const target = resolve(outDir);
  await mkdir(target, { recursive: true });
  const staging = await mkdtemp(join(target, ".kiln-"));
  try {
    for (const { name, path } of artifacts) {
      await copyFile(path, join(staging, name));
      await takeOwnership(join(staging, name));
    }
    await writeFile(join(staging, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    const names = [...artifacts.map((artifact) => artifact.name), "manifest.json"];
    for (const name of names) await rename(join(staging, name), join(target, name));
    return names.map((name) => join(target, name));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** A copy keeps the uid and mode of what a child wrote. */
async function takeOwnership(path: string): Promise<void> {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
  await chmod(path, 0o644);
}
