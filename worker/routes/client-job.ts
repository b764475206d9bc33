/**
 * `PUT /v1/jobs/{id}`: a job under an id that the client has chosen, e.g. the number of an order. Once per owner: the
 * same request again answers the same job, another one with this id is refused. The job's own id follows from owner and
 * client id, so that two calls at once make one job.
 *
 * The client's id names the job in this call only. Everything else goes by the id in the answer: paths under `/v1/jobs/` can
 * then hold nothing but job ids, which nobody can guess, while client ids may be anything and everybody's "order-1" is the
 * same word. Who has lost the answer sends the request again and gets it.
 */
import type { Context } from "hono";
import { clientIdSchema } from "#contract/public-api.ts";
import { canonicalJson } from "../domain/cache-key.ts";
import { sha256Hex } from "../domain/content-hash.ts";
import { makeId } from "../domain/identifiers.ts";
import { letGoOfInputs, sourcesOf } from "../durable/job-inputs.ts";
import { callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { derivedBytes } from "./derived-id.ts";
import { checkSubmission, makeJob, type Submission } from "./job-submission.ts";
import { paramsWithPresets } from "./preset-params.ts";
import { invalidRequest } from "./request-parsing.ts";

/** Makes the job, 202, or answers with the one that is there, 200. */
export async function putJob(c: Context<AppContext>, submission: Submission): Promise<Response> {
  const clientId = c.req.param("id") ?? "";
  if (!clientIdSchema.safeParse(clientId).success) {
    const message =
      "must be 1 to 64 letters, digits, dots, dashes and underscores, and not begin with job_ or be cancel or retry";
    throw invalidRequest([{ path: "id", message }]);
  }
  const owner = c.get("owner");
  if (owner === "anon") {
    const detail = "Send an API key or a Kiln-Session header, so that it is known whose id this is.";
    throw new AppError("unauthorized", detail);
  }
  const clientRequest = await sha256Hex(canonicalJson(submission));
  const id = makeId("job", await derivedBytes("client", owner, clientId));
  const existing = await callJob(c.env, id, (stub) => stub.read());
  if (!existing) {
    const [params = {}] = await paramsWithPresets(c, [submission]);
    await makeJob(c, id, { ...submission, clientRequest }, checkSubmission(c, { ...submission, params }));
  }
  const { job, clientRequest: madeBy } = existing ?? (await readMade(c, id));
  if (madeBy !== clientRequest) {
    // Another call came first. What this one has held goes, but for what that one holds as well.
    const needed = new Set(job.inputs.map((input) => input.upload ?? input.job));
    const left = submission.inputs.filter((input) => !sourcesOf(input).some((source) => needed.has(source)));
    if (!existing) await letGoOfInputs(c.env, id, left);
    throw new AppError("job_conflict", "This id belongs to a job that was submitted with another body. Use a new id.");
  }
  return c.json(job, existing ? 200 : 202, { Location: `/v1/jobs/${id}` });
}

/** The job as it was made: perhaps by another call with the same id that came at the same time. */
async function readMade(c: Context<AppContext>, id: string) {
  const made = await callJob(c.env, id, (stub) => stub.read());
  if (!made) throw new AppError("unavailable", "The job could not be made. Try again.");
  return made;
}
