/** Links that show one job: an owner's, under `/v1/jobs/{id}/shares`, and what they lead to, under `/v1/shares`. */
import type { Context } from "hono";
import { z } from "zod";
import { jobIdSchema } from "#contract/job.ts";
import { MAX_SHARES_PER_JOB, SHARED_GET_TTL_S } from "#contract/limits.ts";
import { artifactNameSchema, manifestSchema } from "#contract/manifest.ts";
import {
  createShareRequestSchema,
  type Share,
  sharedJobSchema,
  shareIdSchema,
  shareListSchema,
  shareSchema,
} from "#contract/share.ts";
import { fromHex, makeId } from "../domain/identifiers.ts";
import { NOBODY } from "../domain/ownership.ts";
import { liveLinks, makeShareToken, readShareToken, type ShareLink, toSharedJob } from "../domain/share-link.ts";
import type { StoredFacts } from "../durable/job.do.ts";
import { callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { answerArtifact } from "./artifact-answer.ts";
import { findJobWithFiles, unwrap } from "./job-access.ts";
import { Resource } from "./operation.ts";

export const jobShares = new Resource("/v1/jobs", { tag: "Sharing", access: "user" });
/** Whoever has the link needs nothing else. */
export const shares = new Resource("/v1/shares", { tag: "Sharing", access: "open" });

const id = { id: jobIdSchema };
const token = { token: z.string().describe("The link's secret part") };

jobShares.post(
  "/{id}/shares",
  {
    operationId: "shareJob",
    summary: "Share a job",
    description:
      `Makes a link that shows the job and its files to whoever has it, until it expires or is revoked; ${MAX_SHARES_PER_JOB} links a ` +
      "job at most. They see what was made and with which parameters: not the inputs, their names, the log or the owner. A link " +
      "keeps no files; pin the job for that.",
    scope: "write",
    idempotent: true,
    params: id,
    body: createShareRequestSchema,
    examples: { day: { ttlS: 86_400 } },
    answers: { 201: { description: "The link", schema: shareSchema } },
    problems: ["job_not_found", "share_limit", "gone"],
  },
  async (c, { body: { ttlS } }) => {
    const { job } = await findOwnedJob(c);
    // Whole seconds, as the token says them.
    const now = Math.floor(Date.now() / 1000) * 1000;
    const seed = c.get("idSeed");
    const id = makeId("shr", seed ? fromHex(seed) : crypto.getRandomValues(new Uint8Array(16)));
    unwrap(
      await callJob(c.env, job.id, (stub) => stub.addShareLink({ id, createdAt: now, expiresAt: now + ttlS * 1000 })),
    );
    // Asked again, the link is the one that the first call made.
    const { shareLinks } = await findOwnedJob(c);
    const link = shareLinks.find((one) => one.id === id);
    if (!link) throw noSuchLink();
    return c.json(await present(c, job.id, link), 201);
  },
);

jobShares.get(
  "/{id}/shares",
  {
    operationId: "listShares",
    summary: "List the links to a job",
    description: "Those that still work, oldest first.",
    scope: "read",
    params: id,
    answers: { 200: { description: "The links", schema: shareListSchema } },
    problems: ["job_not_found"],
  },
  async (c) => {
    const { job, shareLinks } = await findOwnedJob(c);
    const links = liveLinks(shareLinks, Date.now());
    return c.json({ shares: await Promise.all(links.map((link) => present(c, job.id, link))) });
  },
);

jobShares.delete(
  "/{id}/shares/{shareId}",
  {
    operationId: "revokeShare",
    summary: "Revoke a link to a job",
    description: `It ends at once; a file's URL that it has led to already works for ${SHARED_GET_TTL_S / 60} minutes at most.`,
    scope: "write",
    params: { ...id, shareId: shareIdSchema },
    answers: { 204: { description: "Revoked" } },
    problems: ["job_not_found", "share_not_found"],
  },
  async (c) => {
    const { job, shareLinks } = await findOwnedJob(c);
    const link = shareLinks.find(({ id }) => id === c.req.param("shareId"));
    if (!link) throw noSuchLink();
    unwrap(await callJob(c.env, job.id, (stub) => stub.dropShareLink(link.id)));
    return c.body(null, 204);
  },
);

shares.get(
  "/{token}",
  {
    operationId: "readSharedJob",
    summary: "See a shared job",
    params: token,
    answers: { 200: { description: "The job, as strangers see it", schema: sharedJobSchema } },
    problems: ["share_not_found", "gone"],
  },
  async (c) => {
    const { job, sharedUntil } = await findShared(c);
    return c.json(toSharedJob(job, sharedUntil));
  },
);

shares.get(
  "/{token}/artifacts/{name}",
  {
    operationId: "downloadSharedArtifact",
    summary: "Download a file of a shared job",
    description: "`manifest.json`, which lists them all, is answered itself; for every other file there is a redirect.",
    params: { ...token, name: artifactNameSchema },
    answers: {
      200: { description: "The manifest", schema: manifestSchema },
      302: { description: "To a signed URL that gives the file for five minutes", headers: { Location: z.string() } },
    },
    problems: ["share_not_found", "job_not_finished", "artifact_not_found", "gone"],
  },
  async (c) => answerArtifact(c, await findShared(c), { ttlS: SHARED_GET_TTL_S, filename: (name) => name }),
);

/** The job in the path, which must be somebody's: nobody's can be seen by its id anyway, and changed as well. */
async function findOwnedJob(c: Context<AppContext>): Promise<StoredFacts> {
  const facts = await findJobWithFiles(c);
  if (facts.owner !== NOBODY) return facts;
  const detail =
    "This job was made without a key and a session: whoever knows its id may do everything with it. Make one with an API " +
    "key or a Kiln-Session header to share it.";
  throw new AppError("forbidden", detail);
}

/** The job that the token in the path shows, if the link is genuine, its time is not over, and its owner has not revoked it. */
async function findShared(c: Context<AppContext>): Promise<StoredFacts & { readonly sharedUntil: number }> {
  const place = await readShareToken(c.req.param("token") ?? "", c.get("config").signingKeys, Date.now());
  if (!place) throw noSuchLink();
  const facts = place.hasEnded ? null : await callJob(c.env, place.jobId, (stub) => stub.read());
  const link = liveLinks(facts?.shareLinks, Date.now()).find(({ id }) => id === place.shareId);
  if (!facts || !link) throw new AppError("gone", "This link no longer works. Ask who sent it for a new one.");
  return { ...facts, sharedUntil: link.expiresAt };
}

async function present(c: Context<AppContext>, jobId: string, link: ShareLink): Promise<Share> {
  const text = await makeShareToken(jobId, link, c.get("config").signingKeys[0]);
  return { ...link, job: jobId, token: text, url: new URL(`/s/${text}`, c.req.url).href };
}

function noSuchLink(): AppError {
  return new AppError("share_not_found", "There is no such share link. Check that it was copied whole.");
}
