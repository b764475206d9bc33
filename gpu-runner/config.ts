/**
 * The runner's settings from its environment. The only place that reads it; every wrong variable is reported at once,
 * by its name.
 */
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { poolNameSchema } from "#contract/runner-api.ts";
import type { EngineSettings } from "./engines/engines.ts";
import type { PhotogrammetryOptions } from "./engines/photogrammetry/photogrammetry-engine.ts";
import {
  cacheDirectory,
  deviceEnvironmentName,
  modelsDirectory,
  pythonEnvironment,
} from "./engines/python-environment.mjs";
import type { RembgOptions } from "./engines/rembg/rembg-engine.ts";
import { defaultScratchRoot } from "./process/scratch.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a runner needs even without a server. */
export interface LocalConfig {
  /** Folder of workspaces and of the children's homes. */
  readonly workRoot: string;
  readonly blender: string | undefined;
  readonly blenderPython: string;
  readonly rembg: RembgOptions;
  readonly photogrammetry: PhotogrammetryOptions;
  readonly openmvs: string | undefined;
}

export interface RunnerConfig extends LocalConfig {
  readonly api: string;
  readonly key: string;
  readonly pool: string;
  readonly mode: "serve" | "drain";
  /** How long running jobs may go on after the first signal to stop; then they are given back. */
  readonly drainMs: number;
  readonly slots: number;
  /** Only these job types, or undefined for all that work here. */
  readonly jobTypes: readonly string[] | undefined;
  readonly name: string;
  readonly healthPort: number | undefined;
  /** Inputs may come from http and private addresses: for work on one machine, never on a server. */
  readonly allowPrivateUrls: boolean;
}

const flatText = z.string().trim().min(1, "is empty");
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());

const localSchema = z.object({
  KILN_WORK_DIR: optional(flatText),
  KILN_BLENDER: optional(flatText),
  KILN_OPENMVS: optional(flatText),
  KILN_DEVICE: optional(z.enum(["auto", "cpu", "cuda"], "must be auto, cpu or cuda")),
  KILN_MODELS_URL: optional(z.url({ protocol: /^https?$/, error: "must be the http(s) address of a folder" })),
  KILN_ALLOW_NONCOMMERCIAL_MODELS: optional(z.enum(["0", "1"], "must be 0 or 1")),
});

const runnerSchema = localSchema.extend({
  KILN_API: z.url({ protocol: /^https?$/, error: "must be the http(s) address of the Worker" }),
  KILN_RUNNER_KEY: z.string({ error: "must hold the runner key" }).min(16, "is too short for a runner key"),
  KILN_POOL: optional(poolNameSchema).transform((pool) => pool ?? "cpu"),
  KILN_RUNNER_MODE: optional(z.enum(["serve", "drain"], "must be serve or drain")).transform((mode) => mode ?? "serve"),
  KILN_DRAIN_S: optional(z.coerce.number().int().min(0).max(86_400)).transform((seconds) => seconds ?? 0),
  KILN_SLOTS: optional(z.coerce.number().int().min(1).max(256)).transform((slots) => slots ?? 1),
  KILN_JOB_TYPES: optional(flatText.transform((list) => list.split(",").map((name) => name.trim()))),
  KILN_RUNNER_NAME: optional(flatText.max(128)).transform((name) => name ?? hostname()),
  KILN_ALLOW_PRIVATE_URLS: optional(z.enum(["0", "1"], "must be 0 or 1")),
  KILN_HEALTH_PORT: optional(z.coerce.number().int().min(0).max(65_535)),
});

/** Settings of a runner. Throws one error that lists every variable that is missing or wrong. */
export function loadRunnerConfig(env: Environment = process.env): RunnerConfig {
  const values = parse(runnerSchema, env);
  return {
    ...localConfig(values, env),
    api: values.KILN_API.replace(/\/+$/, ""),
    key: values.KILN_RUNNER_KEY,
    pool: values.KILN_POOL,
    mode: values.KILN_RUNNER_MODE,
    drainMs: values.KILN_DRAIN_S * 1000,
    slots: values.KILN_SLOTS,
    jobTypes: values.KILN_JOB_TYPES,
    name: values.KILN_RUNNER_NAME,
    healthPort: values.KILN_HEALTH_PORT,
    allowPrivateUrls: values.KILN_ALLOW_PRIVATE_URLS === "1",
  };
}

/** Settings of `kiln local`: no server, no key. */
export function loadLocalConfig(env: Environment = process.env): LocalConfig {
  return localConfig(parse(localSchema, env), env);
}

/** What the engines need of the settings. `size` = children each engine keeps warm. */
export function engineSettings(
  config: LocalConfig,
  size: number,
  onWarning: (message: string) => void,
): EngineSettings {
  const { workRoot: scratchRoot, blender, blenderPython, rembg, photogrammetry, openmvs } = config;
  return { pool: { size, scratchRoot, onWarning }, blender, blenderPython, rembg, photogrammetry, openmvs };
}

function localConfig(values: z.infer<typeof localSchema>, env: Environment): LocalConfig {
  return {
    workRoot: resolve(values.KILN_WORK_DIR ?? defaultScratchRoot()),
    blender: values.KILN_BLENDER,
    blenderPython: pythonEnvironment("blender", cacheDirectory(env)).python,
    rembg: rembgOptions(values, cacheDirectory(env)),
    photogrammetry: photogrammetryOptions(values, cacheDirectory(env)),
    openmvs: values.KILN_OPENMVS === undefined ? undefined : resolve(values.KILN_OPENMVS),
  };
}

function rembgOptions(values: z.infer<typeof localSchema>, cacheDir: string): RembgOptions {
  const name = installedEnvironment("rembg", values.KILN_DEVICE, cacheDir);
  return {
    python: pythonEnvironment(name, cacheDir).python,
    modelsDir: modelsDirectory(cacheDir),
    device: name === "rembg" ? "cpu" : (values.KILN_DEVICE ?? "auto"),
    modelsUrl: values.KILN_MODELS_URL,
    allowNoncommercial: values.KILN_ALLOW_NONCOMMERCIAL_MODELS === "1",
  };
}

function photogrammetryOptions(values: z.infer<typeof localSchema>, cacheDir: string): PhotogrammetryOptions {
  const name = installedEnvironment("photogrammetry", values.KILN_DEVICE, cacheDir);
  return { python: pythonEnvironment(name, cacheDir).python, cuda: name === "photogrammetry-cuda" };
}

/** Set-up makes the environment for CUDA where there is a driver. */
function installedEnvironment<Name extends string>(name: Name, device: string | undefined, cacheDir: string) {
  return deviceEnvironmentName(name, device, existsSync(pythonEnvironment(`${name}-cuda`, cacheDir).python));
}

function parse<T extends z.ZodType>(schema: T, env: Environment): z.infer<T> {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join(".")} ${issue.message}`);
  throw new Error(`The runner's settings are not usable:\n${lines.join("\n")}`);
}
