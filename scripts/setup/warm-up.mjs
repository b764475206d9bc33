/**
 * Tries the engines once, right after they were installed: the first start of Blender and f3d ever reads a gigabyte
 * and compiles shaders, which would otherwise happen in the user's first job. It also proves that they work here.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, SetupError, step, tail } from "./step.mjs";

const SCRIPT = fileURLToPath(new URL("./warm-up.py", import.meta.url));

/**
 * Imports Blender and draws one picture, once per environment.
 * @param {{ directory: string, python: string }} environment
 */
export async function warmUpBlender(environment) {
  const done = join(environment.directory, ".warmed-up");
  if (existsSync(done)) return;
  await step("Trying Blender and f3d", async () => {
    const { code, output } = await run(environment.python, [SCRIPT]);
    if (code !== 0) {
      const library = /(lib[\w.+-]+\.so[\w.]*): cannot open shared object/.exec(output)?.[1];
      const advice = library ? `The system library ${library} is missing; install the package that has it.` : "";
      throw new SetupError(`Blender or f3d does not work here:\n${tail(output)}\n  ${advice}`);
    }
    writeFileSync(done, output);
  });
}
