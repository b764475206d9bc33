/**
 * The npm packages of the lock file, and with them Node 22 in node_modules/.bin, which every script runs on. Whether there
 * is something to do is read from what npm itself wrote down of the last install, so that an interrupted install is seen
 * and an `npm install` by hand is not undone.
 */
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isNewEnough, NODE_PACKAGE, npmAdvice, ownNpm } from "./own-npm.mjs";
import { run, SetupError, step, tail } from "./step.mjs";

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

/** npm links the Node package's program by itself; where there is no such package, the Node that runs this serves. */
function provideNode(root) {
  const bin = join(root, "node_modules", ".bin", "node");
  if (existsSync(bin)) return;
  const packaged = join(root, "node_modules", NODE_PACKAGE, "bin", "node");
  if (!existsSync(packaged) && !isNewEnough(process.versions.node)) {
    throw new SetupError(
      `The npm package ${NODE_PACKAGE} was not installed. Remove node_modules and run the command again.`,
    );
  }
  symlinkSync(existsSync(packaged) ? packaged : process.execPath, bin);
}

async function install(root) {
  const { command, binDir } = await ownNpm(root);
  const env = binDir ? { ...process.env, PATH: `${binDir}${delimiter}${process.env.PATH}` } : process.env;
  await step("Node packages (npm install)", async () => {
    const args = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
    const { code, output } = await run(command[0], [...command.slice(1), ...args], { cwd: root, env });
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

/**
 * Installs what is missing. `npm install --no-save` keeps to the lock file and adds to what is there, and unlike `npm ci`
 * it does not insist on lock entries for optional packages of other platforms, which not every registry carries. That
 * the locked versions are the installed ones is checked afterwards.
 * @param {string} root repository
 */
export async function setUpNodePackages(root) {
  if (missingPackages(root).length > 0) await install(root);
  provideNode(root);
}
