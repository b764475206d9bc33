/**
 * The opponent: one cold process that does the same work, with no server. It is the program behind `kiln local`, so the
 * recipe, the engines and the checks are the very same; it starts its engines side by side, which is the strongest a
 * bare process can do.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const PROGRAM = join(import.meta.dirname, "../../gpu-runner/local.ts");

/**
 * Runs one job cold.
 * @returns wall seconds from the start of the process until its exit
 * @throws when it fails; its last lines are in the message
 */
export async function runCold(type: string, file: string, outDir: string): Promise<number> {
  const startedAt = performance.now();
  const child: ChildProcess = spawn(process.execPath, [PROGRAM], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-2_000);
  });
  child.stdin?.end(JSON.stringify({ type, params: {}, inputs: [file], outDir }));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`the cold process failed (${code}): ${output}`);
  return (performance.now() - startedAt) / 1000;
}
