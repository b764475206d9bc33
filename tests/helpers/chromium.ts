/** Headless Chromium of the system, drawing WebGL in software, with everything switched off that phones home. */
import { existsSync } from "node:fs";
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

/** Starts the browser; KILN_CHROMIUM names another one. Close it when done. */
export function launchChromium(): Promise<Browser> {
  const executablePath = process.env.KILN_CHROMIUM ?? PATHS.find((path) => existsSync(path));
  if (!executablePath) throw new Error("Chromium is missing: node scripts/setup.mjs test installs it.");
  return chromium.launch({ executablePath, args: ARGS });
}
