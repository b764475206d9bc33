/** `echo`: gives its inputs back. For tests and benchmarks: it sleeps, fails, crashes and leaks on request. */
import { z } from "zod";
import { UPLOAD_HARD_MAX_BYTES } from "../limits.ts";
import type { JobTypeDefinition } from "./job-type.ts";

export const echoParamsSchema = z
  .object({
    text: z.string().max(10_000).default("").meta({ title: "Text", description: "Written to echo.txt" }),
    sleepMs: z
      .number()
      .int()
      .min(0)
      .max(600_000)
      .default(0)
      .meta({ title: "Sleep", description: "How long the work takes", unit: "ms" }),
    ticks: z
      .number()
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .meta({ title: "Ticks", description: "Progress events, spread evenly over the sleep" }),
    parts: z.number().int().min(1).max(100).optional().meta({
      title: "Parts",
      description: "Does its work in so many parts, which runners may share; each of them sleeps",
      whenAbsent: "in one piece",
    }),
    fail: z.enum(["none", "input", "retryable", "once"]).default("none").meta({
      title: "Fail",
      description: "input: not retried; retryable: every attempt; once: the first attempt only",
    }),
    crash: z.boolean().default(false).meta({ title: "Crash", description: "The child process kills itself" }),
    leak: z.boolean().default(false).meta({
      title: "Leak",
      description: "The child leaves its process group, ignores SIGTERM and outlives its parent",
    }),
  })
  .strict();
export type EchoParams = z.infer<typeof echoParamsSchema>;

export const echo: JobTypeDefinition = {
  name: "echo",
  version: 1,
  title: "Echo",
  description: "Gives its inputs back unchanged. For tests and benchmarks.",
  pool: "cpu",
  // It is there to be run.
  cacheable: false,
  params: echoParamsSchema,
  presets: [
    {
      name: "slow",
      title: "Slow",
      description: "Takes five seconds and tells of each half",
      params: { sleepMs: 5_000, ticks: 10 },
    },
    {
      name: "flaky",
      title: "Flaky",
      description: "Fails once, then works",
      params: { fail: "once" },
    },
  ],
  inputs: { min: 0, max: 10, label: "File", accept: ["*/*"], extensions: [], maxBytes: UPLOAD_HARD_MAX_BYTES },
  stages: [{ name: "echo", title: "Echoing", weight: 1 }],
  outputs: [
    {
      name: "echo.txt",
      contentType: "text/plain; charset=utf-8",
      description: "The text parameter",
      main: true,
      mayBeEmpty: true,
    },
    ...Array.from({ length: 10 }, (_, i) => ({
      name: `input-${i + 1}.bin`,
      contentType: "application/octet-stream",
      description: `Input ${i + 1}, unchanged`,
    })),
  ],
  timeoutS: 600,
};
