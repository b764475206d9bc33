/**
 * How set-up talks: one line per step with its seconds, and errors that say what to do. Runs on Node 18 with nothing
 * installed, like all of scripts/setup*.
 */
import { spawn } from "node:child_process";

/** A failure that the user can do something about: the message says what, without a stack trace. */
export class SetupError extends Error {}

/**
 * Runs one step and reports it. Long work is announced first, so that nobody looks at a silent screen.
 * @template T
 * @param {string} title what is being done, e.g. "Node packages"
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const started = performance.now();
  process.stderr.write(`set-up: ${title} …\n`);
  const result = await work();
  process.stderr.write(`set-up: ${title} done in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  return result;
}

/**
 * Runs a program to its end, output collected.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, inheritStdin?: boolean }} [options]
 * @returns {Promise<{ code: number, output: string }>} `code` 127 when the program does not exist
 */
export function run(file, args, options = {}) {
  return new Promise((resolve) => {
    const stdin = options.inheritStdin ? "inherit" : "ignore";
    const child = spawn(file, args, { cwd: options.cwd, env: options.env, stdio: [stdin, "pipe", "pipe"] });
    let output = "";
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.on("error", (error) => resolve({ code: 127, output: error.message }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * The last lines of a program's output, indented, for an error message.
 * @param {string} output
 */
export function tail(output) {
  return output
    .trimEnd()
    .split("\n")
    .slice(-15)
    .map((line) => `    ${line}`)
    .join("\n");
}
