/** `echo`: gives its inputs back through a real child process, and goes wrong on request. */
import { join } from "node:path";
import { type EchoParams, echo } from "#contract/job-types/echo.ts";
import { type JobContext, JobFailure, type Recipe } from "../job.ts";

async function runEcho(context: JobContext): Promise<void> {
  const { text, sleepMs, ticks, fail, crash, leak } = context.params as EchoParams;
  const { engines, inputs, outDir } = context;
  const copies = inputs.map(({ path }, index) => ({ from: path, to: join(outDir, `input-${index + 1}.bin`) }));
  await engines.echo.echo(
    { text, textPath: join(outDir, "echo.txt"), copies, sleepMs, ticks, crash, leak },
    context.run,
  );
  if (fail === "input") throw new JobFailure("input_invalid", "The job was asked to fail as if its input were bad.");
  if (fail === "retryable" || (fail === "once" && context.attempt === 1)) {
    throw new JobFailure("engine_failed", "The job was asked to fail in a way that is tried again.", {
      retryable: true,
    });
  }
  context.report({ inputs: inputs.length });
}

export const echoRecipe: Recipe = {
  type: echo,
  engines: ["echo"],
  createState: () => null,
  steps: [{ stage: "echo", run: runEcho }],
};
