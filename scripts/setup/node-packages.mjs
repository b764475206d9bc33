/**
 * The npm packages of the lock file, and a Node that is new enough: the packages `node-linux-*` put Node 22 into
 * node_modules/.bin, which every script runs on. Whether there is something to do is read from what npm itself wrote
 * down of the last install, so that an interrupted install is seen and an `npm install` by hand is not undone.
 */
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { run, SetupError, step, tail } from "./step.mjs";

/** Node runs TypeScript without a flag since this version. */
const MIN_NODE = [22, 18];

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

/**
 * Names of locked packages that are not installed in the locked version; npm's own record of the install is compared.
 * @param {string} root repository
 * @returns {string[]}
 */
export function missingPackages(root) {
  const wanted = readJson(join(root, "package-lock.json")).packages;
  const record = join(root, "node_modules", ".package-lock.json");
  const installed = existsSync(record) ? readJson(record).packages : {};
  return Object.keys(wanted).filter(
    (path) => path !== "" && !wanted[path].optional && installed[path]?.version !== wanted[path].version,
  );
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
}

/** Where no package carries Node for this platform, the one that runs this script takes its place. */
function provideNode(root) {
  const node = join(root, "node_modules", ".bin", "node");
  if (existsSync(node)) return;
  if (!isNewEnough(process.versions.node)) {
    throw new SetupError(
      `There is no Node package for ${process.platform}-${process.arch}, and this is Node ${process.versions.node}.\n` +
        `  Install Node ${MIN_NODE.join(".")} or newer and run the command again.`,
    );
  }
  symlinkSync(process.execPath, node);
}

/**
 * Installs what is missing. `npm install --no-save` keeps to the lock file and adds to what is there, and unlike `npm ci`
 * it does not insist on lock entries for optional packages of other platforms, which not every registry carries. That
 * the locked versions are the installed ones is checked afterwards.
 * @param {string} root repository
 */
export async function setUpNodePackages(root) {
  if (missingPackages(root).length > 0) {
    await step("Node packages (npm install)", async () => {
      const args = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
      const { code, output } = await run("npm", args, { cwd: root });
      if (code === 127) throw new SetupError("npm is missing. Install it, e.g.: apt-get install npm");
      if (code !== 0) throw new SetupError(`npm install failed:\n${tail(output)}\n  ${npmAdvice(output)}`);
      const missing = missingPackages(root);
      if (missing.length > 0) {
        throw new SetupError(
          `package-lock.json does not fit package.json: ${missing.slice(0, 5).join(", ")}.\n  Run npm install, and commit the lock file.`,
        );
      }
    });
  }
  provideNode(root);
}

function npmAdvice(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET/.test(output)) {
    return "The npm registry cannot be reached: check the network or the proxy, then run the command again.";
  }
  if (/ENOSPC/.test(output)) return "The disk is full: the packages need 1 GB.";
  return "Run `npm install --no-save` by hand to see more.";
}
