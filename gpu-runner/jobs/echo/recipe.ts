/** `echo`: gives its inputs back through a real child process, and goes wrong on request. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type EchoParams, echo } from "#contract/job-types/echo.ts";
import { type JobContext, JobFailure, type Recipe } from "../job.ts";

async function runEcho(context: JobContext): Promise<void> {
  const { text, sleepMs, ticks, fail, crash, leak, parts } = context.params as EchoParams;
  const { engines, inputs, outDir } = context;
  if (parts !== undefined) await runParts(context, parts);
  const copies = inputs.map(({ path }, index) => ({ from: path, to: join(outDir, `input-${index + 1}.bin`) }));
  await engines.echo.echo(
    {
      text,
      textPath: join(outDir, "echo.txt"),
      copies,
      sleepMs: parts === undefined ? sleepMs : 0,
      ticks,
      crash,
      leak,
    },
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

/** Each part sleeps and writes its own name; the report tells who made them. */
async function runParts(context: JobContext, count: number): Promise<void> {
  const { sleepMs } = context.params as EchoParams;
  const names = Array.from({ length: count }, (_, index) => `part-${String(index + 1).padStart(3, "0")}.txt`);
  const parts = names.map((name) => ({ name, path: join(context.workDir, name) }));
  const wish = { copies: [], sleepMs, ticks: 0, crash: false, leak: false };
  const { resumed, byOthers } = await context.makeParts({
    parts,
    atOnce: 1,
    repeats: [],
    open: async () => ({
      make: ({ name, path }) => context.engines.echo.echo({ ...wish, text: name, textPath: path }, context.run),
      close: async () => {},
    }),
    onDone: (done) => context.progress(done / count),
  });
  const texts = await Promise.all(parts.map(({ path }) => readFile(path, "utf8")));
  if (!texts.every((text, index) => text === names[index])) {
    throw new JobFailure("engine_failed", "A part is not what it was to be.");
  }
  context.report({ parts: count, resumedParts: resumed.length, partsByOthers: byOthers.length });
}

export const echoRecipe: Recipe = {
  type: echo,
  engines: ["echo"],
  createState: () => null,
  steps: [{ stage: "echo", run: runEcho }],
};
