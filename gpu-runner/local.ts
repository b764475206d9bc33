/**
 * The program behind `kiln local`: one job, no server. Reads `{"type","params","inputs","outDir"}` as JSON on stdin and
 * prints one JSON object per line on stdout, the last one being `result` or `error`. Exit code 0 = the files are there,
 * 1 = the job failed, 2 = the request can't be read, 130 = stopped by a signal.
 */
import { text } from "node:stream/consumers";
import { z } from "zod";
import { engineSettings, loadLocalConfig } from "./config.ts";
import { closeEngines, makeEngines } from "./engines/engines.ts";
import { JobFailure } from "./jobs/job.ts";
import { killOrphans } from "./process/kill-tree.ts";
import { sweepScratch } from "./process/scratch.ts";
import { prepareEngines, runLocal } from "./run-local.ts";
import { errorText } from "./runner-log.ts";

const requestSchema = z
  .object({
    type: z.string(),
    params: z.record(z.string(), z.unknown()).default({}),
    inputs: z.array(z.string()).default([]),
    roles: z.record(z.string(), z.string()).default({}),
    outDir: z.string().min(1),
  })
  .strict();
type LocalRequest = z.infer<typeof requestSchema>;

function send(message: { kind: "progress" | "log" | "warning" | "result" | "error"; [key: string]: unknown }): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function main(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  const request = parseRequest(await text(process.stdin));
  if (!request) return 2;
  try {
    await run(request, stop.signal);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) {
      send({ kind: "error", code: "canceled", message: "Stopped." });
      return 130;
    }
    const code = error instanceof JobFailure ? error.code : "internal";
    send({ kind: "error", code, message: errorText(error) });
    return 1;
  }
}

async function run(request: LocalRequest, signal: AbortSignal): Promise<void> {
  const config = loadLocalConfig();
  killOrphans();
  await sweepScratch(config.workRoot);
  const engines = makeEngines(engineSettings(config, 1, (line) => send({ kind: "log", line })));
  try {
    await prepareEngines(request, engines);
    const result = await runLocal(request, {
      engines,
      workRoot: config.workRoot,
      signal,
      observer: {
        onProgress: (progress) => send({ kind: "progress", ...progress }),
        onLog: (line) => send({ kind: "log", line }),
        onWarning: (message) => send({ kind: "warning", message }),
      },
    });
    send({ kind: "result", ...result });
  } finally {
    await closeEngines(engines);
  }
}

function parseRequest(input: string): LocalRequest | undefined {
  try {
    return requestSchema.parse(JSON.parse(input));
  } catch (error) {
    const message = error instanceof z.ZodError ? z.prettifyError(error) : errorText(error);
    send({ kind: "error", code: "invalid_request", message: `The request on stdin can't be read: ${message}` });
    return undefined;
  }
}

process.exitCode = await main();
