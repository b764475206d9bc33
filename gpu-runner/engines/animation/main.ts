/** The child of the animation engine (protocol: gpu-runner/README.md): one request after the other until stdin ends. */
import { stdin, stdout, version } from "node:process";
import { createInterface } from "node:readline";
import { JobFailure } from "../../process/job-failure.ts";
import { ProcessError } from "../../process/process-error.ts";
import { Animation } from "./animation.ts";
import type { AnimationRequest } from "./animation-request.ts";

function send(message: object): void {
  stdout.write(`${JSON.stringify(message)}\n`);
}

/** Progress comes with every frame; more than ten messages a second tell nobody anything. */
const PROGRESS_MIN_MS = 100;
let progressAt = 0;

const animation = new Animation({
  onProgress: (fraction) => {
    const now = performance.now();
    if (fraction < 1 && now - progressAt < PROGRESS_MIN_MS) return;
    progressAt = now;
    send({ kind: "progress", fraction: Math.min(Math.max(fraction, 0), 1) });
  },
  onPart: (part) => send({ kind: "event", name: "part", part }),
});

function describe(error: unknown): JobFailure {
  if (error instanceof JobFailure) {
    const { cause } = error;
    if (cause !== undefined) send({ kind: "log", line: cause instanceof Error ? cause.message : String(cause) });
    return error;
  }
  if (!(error instanceof ProcessError)) throw error;
  send({ kind: "log", line: error.message });
  const failure = `${error.program} ended before it had a result. The log has its last words.`;
  return new JobFailure("engine_failed", failure, { retryable: true });
}

send({ kind: "ready", version });
for await (const line of createInterface({ input: stdin })) {
  try {
    send({ kind: "result", ...(await animation.serve(JSON.parse(line) as AnimationRequest)) });
  } catch (error) {
    const { code, message, retryable } = describe(error);
    send({ kind: "error", code, message, retryable });
  }
}
