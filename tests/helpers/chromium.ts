/** Headless Chromium of the system, drawing WebGL in software, with everything switched off that phones home. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { type Browser, chromium } from "playwright-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const ARGS = [
  "--no-sandbox",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-quic",
];

/** KILN_CHROMIUM names another one than the system's. */
function chromiumPath(): string {
  const executablePath = process.env.KILN_CHROMIUM ?? PATHS.find((path) => existsSync(path));
  if (!executablePath) throw new Error("Chromium is missing: node scripts/setup.mjs test installs it.");
  return executablePath;
}

/** Starts the browser. Close it when done. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: ARGS });
}

/** A browser that keeps its visitor's things in a folder, and can be ended as by a power cut. */
export interface KillableChromium {
  readonly browser: Browser;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts the browser on `profile`, the folder of an earlier one or a new one. */
export async function launchKillableChromium(profile: string): Promise<KillableChromium> {
  const args = [
    "--headless=new",
    "--remote-debugging-port=0",
    `--user-data-dir=${profile}`,
    "--no-startup-window",
    ...ARGS,
  ];
  const child = spawn(chromiumPath(), args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  const exited = once(child, "exit");
  const kill = async () => {
    // Its helpers are in its group and go too, so that none of them holds the folder.
    if (child.exitCode === null && child.signalCode === null && child.pid) process.kill(-child.pid, "SIGKILL");
    await exited;
  };
  try {
    return { browser: await chromium.connectOverCDP(await debuggerUrl(child)), kill };
  } catch (error) {
    await kill();
    throw error;
  }
}

async function debuggerUrl(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stderr as NonNullable<typeof child.stderr> });
  for await (const line of lines) {
    const url = /^DevTools listening on (ws:.*)$/.exec(line)?.[1];
    if (!url) continue;
    child.stderr?.resume();
    return url;
  }
  throw new Error("Chromium does not start.");
}
