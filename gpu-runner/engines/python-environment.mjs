/**
 * Where a Python environment lives: outside the checkout, in a folder named after the hash of its requirements, so that
 * clones share it and a changed requirement makes a new one. Plain JavaScript without dependencies, because set-up runs
 * it before anything is installed. Makes nothing; scripts/setup does.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REQUIREMENTS_DIR = fileURLToPath(new URL("../python/", import.meta.url));

/**
 * The folder that holds Python environments, models and fonts.
 * @param {Readonly<Record<string, string | undefined>>} env e.g. process.env; `KILN_CACHE` overrides the default
 * @returns {string} an absolute path that may not exist yet
 */
export function cacheDirectory(env) {
  return env.KILN_CACHE || join(env.HOME || homedir(), ".cache", "kiln");
}

/**
 * The folder that holds the weights of models, one file each.
 * @param {string} cacheDir as `cacheDirectory` gives it
 * @returns {string} an absolute path that may not exist yet
 */
export function modelsDirectory(cacheDir) {
  return join(cacheDir, "models");
}

/**
 * Which of an engine's two environments serves a machine.
 * @template {string} Name
 * @param {Name} name of the one for the CPU, e.g. `rembg`
 * @param {string | undefined} device `KILN_DEVICE`: `auto` (default), `cpu` or `cuda`
 * @param {boolean} hasGpu whether `auto` takes the one for CUDA
 * @returns {Name | `${Name}-cuda`}
 */
export function deviceEnvironmentName(name, device, hasGpu) {
  const cuda = /** @type {const} */ (`${name}-cuda`);
  if (device === "cuda") return cuda;
  return hasGpu && device !== "cpu" ? cuda : name;
}

/**
 * One environment by name.
 * @param {string} name of `gpu-runner/python/requirements-<name>.txt`
 * @param {string} cacheDir as `cacheDirectory` gives it
 * @returns {{ directory: string, python: string, requirements: string }} absolute paths; complete when `python` exists
 * @throws when there are no requirements of that name
 */
export function pythonEnvironment(name, cacheDir) {
  const requirements = join(REQUIREMENTS_DIR, `requirements-${name}.txt`);
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const directory = join(cacheDir, `${name}-${hash}`);
  return { directory, python: join(directory, "bin", "python"), requirements };
}
