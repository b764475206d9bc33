/**
 * Makes a Python environment: a virtual environment with pinned, hash-checked wheels, built in a temporary folder and
 * renamed when complete, so that a broken set-up leaves nothing half-made behind.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { cacheDirectory, pythonEnvironment } from "../../gpu-runner/engines/python-environment.mjs";
import { installAptPackages } from "./apt-packages.mjs";
import { withLock } from "./build-lock.mjs";
import { run, SetupError, step, tail } from "./step.mjs";

/** The wheels are for this version of Python. */
const PYTHON_VERSION = "3.11";

/** The first Python 3.11 on this machine that can be started; KILN_PYTHON names another one. */
async function findPython() {
  const candidates = process.env.KILN_PYTHON
    ? [process.env.KILN_PYTHON]
    : ["python3.11", "python3", "/usr/bin/python3.11"];
  for (const candidate of candidates) {
    const { code, output } = await run(candidate, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
    if (code === 0 && output.trim() === PYTHON_VERSION) return candidate;
  }
  throw new SetupError(
    `Python ${PYTHON_VERSION} is missing: Blender's module and rembg are pinned for this version.\n` +
      "  Debian 12: apt-get install python3.11 python3.11-venv\n" +
      "  Elsewhere install it, and name it with KILN_PYTHON=/path/to/python3.11 if it is not on the PATH.",
  );
}

/** Debian splits the venv module off; without it `python -m venv` fails half-way. */
async function requireVenv(python) {
  if ((await run(python, ["-c", "import venv, ensurepip"])).code === 0) return;
  await installAptPackages([`python${PYTHON_VERSION}-venv`], "Python's venv module");
  if ((await run(python, ["-c", "import venv, ensurepip"])).code === 0) return;
  throw new SetupError(
    `${python} lacks the modules venv and ensurepip. Debian: apt-get install python${PYTHON_VERSION}-venv`,
  );
}

/** By KILN_PYTHON: the search is made once, as several environments may be made side by side. */
const searches = new Map();

/** A Python that can make environments. */
function preparePython() {
  const wanted = process.env.KILN_PYTHON;
  if (!searches.has(wanted)) {
    const search = findPython().then(async (python) => {
      await requireVenv(python);
      return python;
    });
    searches.set(wanted, search);
  }
  return searches.get(wanted);
}

/**
 * Installs what a requirements file lists and nothing else: the lists are complete, so pip need not look for what a package
 * says it needs.
 * @param {string} python interpreter
 * @param {string} requirements path
 * @param {readonly string[]} [more] further options of pip
 */
export async function installRequirements(python, requirements, more = []) {
  const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:"];
  const pinned = ["--no-deps", "--require-hashes", "-r", requirements];
  const { code, output } = await run(python, [...pip, ...more, ...pinned]);
  if (code !== 0) throw new SetupError(`pip failed:\n${tail(output)}\n  ${pipAdvice(output)}`);
}

async function build(python, environment, temporary) {
  const venv = await run(python, ["-m", "venv", temporary]);
  if (venv.code !== 0) throw new SetupError(`python -m venv failed:\n${tail(venv.output)}`);
  await installRequirements(join(temporary, "bin", "python"), environment.requirements);
}

function pipAdvice(output) {
  if (/No space left/i.test(output))
    return "The disk is full: the Python environments need 2 GB; KILN_CACHE moves them.";
  if (/NewConnectionError|name resolution|timed out|Connection (?:refused|reset)|Max retries/i.test(output)) {
    return "PyPI cannot be reached: check the network or the proxy, then run the command again; it goes on from there.";
  }
  if (/No matching distribution/i.test(output)) return "The wheels are for Linux on x86-64 with glibc 2.34 or newer.";
  return "Run the command again; if it fails the same way, the lines above say why.";
}

/**
 * Makes the environment of that name unless it is there.
 * @param {string} name e.g. "blender"
 * @param {string} title what it holds and how large it is
 * @returns {Promise<{ directory: string, python: string, requirements: string }>}
 */
export async function setUpPythonEnvironment(name, title) {
  const environment = pythonEnvironment(name, cacheDirectory(process.env));
  if (existsSync(environment.python)) return environment;
  const cache = dirname(environment.directory);
  const id = basename(environment.directory);
  mkdirSync(cache, { recursive: true });
  const announceWait = (owner) =>
    process.stderr.write(`set-up: another set-up (process ${owner?.pid ?? "unknown"}) makes ${id}; waiting for it …\n`);
  await withLock(join(cache, `.lock-${id}`), announceWait, async () => {
    if (existsSync(environment.python)) return;
    const python = await preparePython();
    const prefix = `.tmp-${id}-`;
    // What a set-up left that was killed.
    for (const entry of readdirSync(cache)) {
      if (entry.startsWith(prefix)) rmSync(join(cache, entry), { recursive: true, force: true });
    }
    const temporary = join(cache, `${prefix}${process.pid}`);
    await step(`Python environment: ${title}`, async () => {
      await build(python, environment, temporary);
      // A folder without bin/python is not an environment; rename() wants its target out of the way.
      rmSync(environment.directory, { recursive: true, force: true });
      renameSync(temporary, environment.directory);
    });
  });
  return environment;
}
