/**
 * An npm that installs what the lock file says, whatever this machine has. On a Node that is too old, npm leaves out
 * optional packages whose `engines` it does not meet, and Kiln's native parts are such packages. So there Node and npm
 * themselves are taken from their npm packages, into the cache, and do the installing.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheDirectory } from "../../gpu-runner/engines/python-environment.mjs";
import { run, SetupError, step, tail } from "./step.mjs";

/** Node runs TypeScript without a flag since this version. */
const MIN_NODE = [22, 18];

/**
 * Whether a version of Node can run Kiln.
 * @param {string} version e.g. "22.18.0"
 */
export function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
}

/** Name of the npm package that is Node for this machine. */
export const NODE_PACKAGE = `node-${process.platform}-${process.arch}`;

/**
 * What to start for npm: a command and its first arguments, and the folder its `node` is in (null = the one on the PATH).
 * @param {string} root repository
 * @param {string} [version] of the Node that runs this; tests pass another
 * @returns {Promise<{ command: string[], binDir: string | null }>}
 */
export async function ownNpm(root, version = process.versions.node) {
  if (isNewEnough(version)) return { command: ["npm"], binDir: null };
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const nodeVersion = manifest.optionalDependencies[NODE_PACKAGE];
  if (!nodeVersion) {
    throw new SetupError(
      `There is no Node package for ${process.platform}-${process.arch}, and this is Node ${version}.\n` +
        `  Install Node ${MIN_NODE.join(".")} or newer and run the command again.`,
    );
  }
  const packages = [`${NODE_PACKAGE}@${nodeVersion}`, manifest.packageManager];
  const home = join(cacheDirectory(process.env), `node-${nodeVersion}`);
  if (!existsSync(home)) await step(`Node ${nodeVersion}, as this is Node ${version}`, () => fetchNode(home, packages));
  const binDir = join(home, "node_modules", NODE_PACKAGE, "bin");
  return { command: [join(binDir, "node"), join(home, "node_modules", "npm", "bin", "npm-cli.js")], binDir };
}

/** Complete or not at all: made in a folder of its own and renamed. */
async function fetchNode(home, packages) {
  const temporary = `${home}.tmp-${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  try {
    const flags = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const { code, output } = await run("npm", ["install", "--prefix", temporary, ...flags, ...packages], {
      cwd: temporary,
    });
    if (code === 127) throw new SetupError("npm is missing. Install it, e.g.: apt-get install npm");
    if (code !== 0) throw new SetupError(`npm install failed:\n${tail(output)}\n  ${npmAdvice(output)}`);
    mkdirSync(dirname(home), { recursive: true });
    try {
      renameSync(temporary, home);
    } catch (error) {
      // Another set-up was faster; its result is the same.
      if (!existsSync(home)) throw error;
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * What to do about a failed npm.
 * @param {string} output
 */
export function npmAdvice(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET/.test(output)) {
    return "The npm registry cannot be reached: check the network or the proxy, then run the command again.";
  }
  if (/ENOSPC/.test(output)) return "The disk is full: the packages need 1 GB.";
  return "Run `npm install --no-save` by hand to see more.";
}
