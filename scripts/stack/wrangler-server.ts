/**
 * The Worker under `wrangler dev`: slower per request than plain Miniflare, but it bundles anew when a source changes and
 * offers the debugger. State lies where plain Miniflare keeps it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { tiedArgv, tieWorkerd } from "./tied-child.ts";
import { persistenceDir, type WorkerServer, type WorkerServerOptions } from "./worker-server.ts";

const ROOT = join(import.meta.dirname, "../..");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 200;
const STOP_MS = 5_000;

function wrangler(args: readonly string[], log: (line: string) => void): ChildProcess {
  const [file, ...rest] = tiedArgv([process.execPath, WRANGLER, ...args], "TERM");
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true", FORCE_COLOR: "0" };
  const child = spawn(file, rest, { cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "pipe"], env });
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on("line", log);
  return child;
}

/** Starts `wrangler dev`; resolves once the Worker answers. */
export async function startWranglerDev(options: WorkerServerOptions): Promise<WorkerServer> {
  tieWorkerd();
  const persist = ["--persist-to", persistenceDir(options.stateDir)];
  const migrate = wrangler(["d1", "migrations", "apply", "DB", "--local", ...persist], options.log);
  const [code] = (await once(migrate, "close")) as [number | null];
  if (code !== 0) throw new Error(`wrangler d1 migrations apply failed with exit code ${code}.`);
  // A file, because every user of the machine can read a command line.
  const envFile = join(options.stateDir, "dev.env");
  const variables = Object.entries(options.variables).map(([name, value]) => `${name}=${JSON.stringify(value)}\n`);
  writeFileSync(envFile, variables.join(""), { mode: 0o600 });
  const listen = ["--ip", "127.0.0.1", "--port", String(options.port), "--inspector-port", "0"];
  const flags = ["--env-file", envFile, "--show-interactive-dev-session=false", "--log-level", "warn"];
  const child = wrangler(["dev", ...listen, ...persist, ...flags], options.log);
  const stop = () => stopChild(child);
  try {
    const url = `http://127.0.0.1:${options.port}`;
    await untilLive(url, child);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilLive(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`wrangler dev ended with exit code ${child.exitCode}.`);
    const response = await fetch(`${url}/health/live`).catch(() => null);
    if (response?.ok) return;
    await sleep(READY_POLL_MS);
  }
  throw new Error(`wrangler dev does not answer after ${READY_TIMEOUT_MS / 1000} s.`);
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  const kill = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await closed;
  clearTimeout(kill);
}
