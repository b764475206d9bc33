/**
 * The child of the echo engine: a one-shot worker like any other, which misbehaves on request. It copies inputs, sleeps,
 * ticks, kills itself, and leaks a process that left its group and ignores SIGTERM.
 */

import { spawn } from "node:child_process";
import { copyFile, writeFile } from "node:fs/promises";
import { execPath, kill, pid, stdin, stdout, version } from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { EchoRequest } from "./echo-engine.ts";

/** Ignores SIGTERM and stays, holding this process's stdout open. */
const LEAKED_SCRIPT = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);";

function send(message: object): void {
  stdout.write(`${JSON.stringify(message)}\n`);
}

async function serve(request: EchoRequest): Promise<void> {
  if (request.leak) {
    const leaked = spawn(execPath, ["-e", LEAKED_SCRIPT], { detached: true, stdio: ["ignore", "inherit", "inherit"] });
    leaked.unref();
    send({ kind: "event", name: "leaked", pid: leaked.pid });
  }
  const ticks = Math.max(request.ticks, 1);
  for (let tick = 1; tick <= ticks; tick++) {
    await sleep(request.sleepMs / ticks);
    if (request.ticks > 0) send({ kind: "progress", fraction: tick / ticks });
  }
  if (request.crash) kill(pid, "SIGKILL");
  await writeFile(request.textPath, request.text);
  for (const { from, to } of request.copies) await copyFile(from, to);
  send({ kind: "result" });
}

send({ kind: "ready", version });
for await (const line of createInterface({ input: stdin })) {
  await serve(JSON.parse(line) as EchoRequest);
  break;
}
stdin.destroy();
