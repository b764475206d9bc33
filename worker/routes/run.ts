/** `/v1/run/{type}`: files and parameters in, the result out, in one call. */
import { z } from "zod";
import { FINAL_STATES, jobSchema } from "#contract/job.ts";
import { findJobType } from "#contract/job-types/registry.ts";
import { MAX_WAIT_S } from "#contract/limits.ts";
import { artifactNameSchema } from "#contract/manifest.ts";
import { PROBLEMS, type ProblemCode } from "#contract/problem.ts";
import { createJobRequestSchema } from "#contract/public-api.ts";
import { parseWait } from "../domain/prefer-wait.ts";
import { awaitJobEnd } from "../durable/await-job.ts";
import { callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import { SUBMISSION_PROBLEMS, takeJob } from "./job-submission.ts";
import { Resource } from "./operation.ts";
import { integerText, invalidRequest } from "./request-parsing.ts";
import { answerRun, checkOutput } from "./run-answer.ts";
import { readRunRequest } from "./run-form.ts";

export const run = new Resource("/v1/run", { tag: "Run", access: "user" });

const runQuerySchema = z
  .object({
    wait: integerText(z.number().int().min(0).max(MAX_WAIT_S))
      .optional()
      .meta({
        description: `Seconds to wait for the result. Default ${MAX_WAIT_S}, or what \`Prefer\` says.`,
        example: 60,
      }),
    output: artifactNameSchema.optional().meta({
      description:
        "Which file is answered; `manifest` = the job as JSON, `archive` = all files as a zip. Default: the main one.",
    }),
  })
  .strict();

/** The form as the description shows it; `RunForm` reads it. */
const runFormSchema = z
  .object({
    file: z
      .array(z.string().meta({ format: "binary" }))
      .optional()
      .describe("An input file; repeated for several, in their order. `file.<role>` is one with a role."),
    url: z
      .array(z.string())
      .optional()
      .describe(
        "The https address of an input that the runner fetches; may be repeated. `url.<role>` is one with a role.",
      ),
    preset: createJobRequestSchema.shape.preset.describe(
      "The name of a preset. Of `image-to-svg` it is the parameter of this name.",
    ),
    params: z
      .string()
      .optional()
      .describe("Parameters as a JSON object. Each may also be a field of its own, by its name: `-F depthMm=3`."),
    policy: z
      .string()
      .optional()
      .describe("How the job is to be run, as JSON: the same as `policy` of `POST /v1/jobs`."),
  })
  .catchall(z.string());

const ofJob = {
  "Kiln-Job": z.string().meta({ description: "The job's id" }),
  Link: z.string().meta({ description: "The job (`describedby`) and its files (`related`)" }),
};

run.post(
  "/{type}",
  {
    operationId: "run",
    summary: "Run a job in one call",
    description:
      "A form with the files (`file`, repeatable, in their order; `file.<role>` for one with a role; `url` and `url.<role>` for " +
      "files that the runner fetches), every parameter of the type by its name, or all of them as JSON in `params`, and `preset` " +
      "and `policy` (JSON). Or a single file as the body, with its own content type. The answer is the file that was made.\n\n" +
      '```sh\ncurl -F file=@logo.svg -F depthMm=3 \\\n  "$KILN/v1/run/logo-to-3d" -o logo.glb\n```\n\n' +
      "A caller that hangs up before the answer cancels the job. For work that takes longer than the wait, submit it with " +
      "`POST /v1/jobs`, which also takes an `Idempotency-Key`.",
    scope: "write",
    params: { type: z.string().meta({ description: "What is to be made", example: "logo-to-3d" }) },
    query: runQuerySchema,
    headers: {
      Prefer: z.string().meta({ description: "`wait=n`, where the query says nothing" }),
      Accept: z.string().meta({ description: "`application/json` answers the job instead of the file" }),
    },
    rawBody: {
      contentType: "multipart/form-data",
      description: "Files and parameters",
      schema: runFormSchema,
    },
    // `@` is how curl, and the reference page, write that a file is meant.
    examples: { logo: { file: ["@logo.svg"], depthMm: "3" } as never },
    answers: {
      200: {
        description: "The file, or what `output` asks for",
        contentType: "application/octet-stream",
        headers: { ...ofJob, "Content-Disposition": z.string() },
      },
      202: {
        description: "The job, which is not over yet: ask for it at `Location`.",
        schema: jobSchema,
        headers: { ...ofJob, Location: z.string(), "Retry-After": z.string() },
      },
    },
    problems: [...SUBMISSION_PROBLEMS, "too_large", "input_empty", ...failures()],
  },
  async (c, { query: { wait, output } }) => {
    const name = c.req.param("type") ?? "";
    const type = findJobType(name);
    if (!type) {
      const detail = `There is no job type "${name.slice(0, 64)}". GET /v1/job-types lists them.`;
      throw new AppError("unknown_job_type", detail, { errors: [{ path: "type", message: "is not known" }] });
    }
    if (c.req.header("Idempotency-Key") !== undefined) {
      const message = "is not taken here: upload the files and send it with POST /v1/jobs";
      throw invalidRequest([{ path: "Idempotency-Key", message }]);
    }
    checkOutput(type, output);
    const request = await readRunRequest(c, type);
    const job = await takeJob(c, request.submission).catch(async (error) => {
      await request.abort();
      throw error;
    });
    const waitS = wait ?? parseWait(c.req.header("Prefer")) ?? MAX_WAIT_S;
    if (waitS > 0 && !FINAL_STATES.has(job.state)) {
      // Who hangs up meanwhile has not been told its id and could never ask for it: as Ctrl-C in a terminal, that cancels it.
      await awaitJobEnd(c.env, job.id, waitS * 1000, c.req.raw.signal, { orCancel: true });
    }
    const facts = await callJob(c.env, job.id, (stub) => stub.read());
    if (!facts) throw new AppError("unavailable", "The job could not be read. Try again.");
    return answerRun(c, facts, type, output);
  },
);

/** What a job may fail with. */
function failures(): ProblemCode[] {
  const codes = Object.keys(PROBLEMS) as ProblemCode[];
  const first = codes.indexOf("dependency_failed");
  return codes.slice(first, codes.indexOf("runner_lost") + 1);
}
