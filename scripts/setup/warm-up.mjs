/**
 * Starts the engines' own programs once, right after they were installed. f3d computes its light at the first start ever
 * (about 10 s), rembg has its number crunching compiled (about 12 s) and Blender reads a gigabyte, which would otherwise
 * happen in the user's first job. It also proves that they work on this machine: each prints that it is ready, and ends
 * because nobody sends it a job.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, SetupError, step, tail } from "./step.mjs";

const PROGRAMS = fileURLToPath(new URL("../../gpu-runner/python/", import.meta.url));

async function tryProgram(name, python, args) {
  const { code, output } = await run(python, ["-B", join(PROGRAMS, args[0]), ...args.slice(1)]);
  if (code === 0 && output.includes('"ready"')) return output;
  const library = /(lib[\w.+-]+\.so[\w.]*): cannot open shared object/.exec(output)?.[1];
  const advice = library ? `The system library ${library} is missing; install the package that has it.` : "";
  throw new SetupError(`${name} does not work here:\n${tail(output)}\n  ${advice}`);
}

/**
 * Starts Blender and f3d once per environment.
 * @param {{ directory: string, python: string }} environment
 */
export async function warmUpBlender({ directory, python }) {
  const done = join(directory, ".warmed-up");
  if (existsSync(done)) return;
  const output = await step("Trying Blender and f3d", async () => {
    const blender = await tryProgram("Blender", python, ["blender_solid.py"]);
    return blender + (await tryProgram("f3d", python, ["preview.py", join(directory, "f3d-light")]));
  });
  writeFileSync(done, output);
}

/**
 * Starts rembg once per environment. What is compiled stays in the environment, readable for the runner's children.
 * @param {{ directory: string, python: string }} environment
 */
export async function warmUpRembg({ directory, python }) {
  const done = join(directory, ".warmed-up");
  if (existsSync(done)) return;
  const output = await step("Trying rembg, and compiling what it needs", () =>
    tryProgram("rembg", python, ["rembg_worker.py"]),
  );
  writeFileSync(done, output);
}

/**
 * Has what photogrammetry compiles compiled, once per environment and version of the code.
 * @param {{ directory: string, python: string }} environment
 */
export async function warmUpPhotogrammetry({ directory, python }) {
  const done = join(directory, `.warmed-up-${sourceHash(join(PROGRAMS, "photogrammetry"))}`);
  if (existsSync(done)) return;
  const output = await step("Trying COLMAP and Open3D, and compiling what they need", () =>
    tryProgram("photogrammetry", python, ["photogrammetry_worker.py", "--warm-up"]),
  );
  writeFileSync(done, output);
}

/** What is compiled depends on all files of a package. */
function sourceHash(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".py"));
  const hash = createHash("sha256");
  for (const name of files.sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest("hex").slice(0, 12);
}
