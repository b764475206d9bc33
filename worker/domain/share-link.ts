/**
 * Links that show one job to whoever has them. The job's record holds which links there are, so that they can be revoked;
 * the link itself is made from that and signed, so that it can be shown again and nothing stored gives it away.
 *
 * `<job>.<share>.<expiry, seconds in base 36>.<key id>.<signature>`; ids without their prefixes. When a signing key is taken out of
 * use, its links end with it; the list then shows new ones.
 */

import type { Job } from "#contract/job.ts";
import { MAX_SHARES_PER_JOB } from "#contract/limits.ts";
import type { SharedJob } from "#contract/share.ts";
import type { Change, JobRecord } from "./job-record.ts";
import { isSigned, type SigningKey, signText } from "./message-signature.ts";

/** A link as the job keeps it. Times are epoch milliseconds, whole seconds. */
export interface ShareLink {
  readonly id: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** What a genuine link says. `hasEnded`: its time is over. */
export interface SharePlace {
  readonly jobId: string;
  readonly shareId: string;
  readonly hasEnded: boolean;
}

const TOKEN = /^([0-9a-z]{26})\.([0-9a-z]{26})\.([0-9a-z]{1,8})\.([\w-]{1,16})\.([\w-]{43})$/;

/** Adds a link. Again is a no-op. Links whose time is over make room. */
export function addShareLink(record: JobRecord, link: ShareLink, now: number): Change {
  if (record.purgedAt !== null) return { ok: false, reason: "purged" };
  const links = liveLinks(record.shareLinks, now);
  if (links.some(({ id }) => id === link.id)) return { ok: true, record, events: [] };
  if (links.length >= MAX_SHARES_PER_JOB) return { ok: false, reason: "share_limit" };
  return { ok: true, record: { ...record, shareLinks: [...links, link] }, events: [] };
}

/** Ends a link. Again is a no-op. */
export function dropShareLink(record: JobRecord, id: string): Change & { ok: true } {
  const links = record.shareLinks ?? [];
  if (!links.some((link) => link.id === id)) return { ok: true, record, events: [] };
  return { ok: true, record: { ...record, shareLinks: links.filter((link) => link.id !== id) }, events: [] };
}

/** The links that still work, oldest first. */
export function liveLinks(links: readonly ShareLink[] | undefined, now: number): readonly ShareLink[] {
  return (links ?? []).filter(({ expiresAt }) => expiresAt > now);
}

/** The link's secret part. */
export async function makeShareToken(
  jobId: string,
  { id, expiresAt }: Pick<ShareLink, "id" | "expiresAt">,
  key: SigningKey,
): Promise<string> {
  const claims = [jobId.slice("job_".length), id.slice("shr_".length), (expiresAt / 1000).toString(36), key.kid].join(
    ".",
  );
  return `${claims}.${await signText(signedText(claims), key)}`;
}

/** What a token says, or null when it is none of ours. Whether the job still has that link is for the job to say. */
export async function readShareToken(
  token: string,
  keys: readonly SigningKey[],
  nowMs: number,
): Promise<SharePlace | null> {
  const [, job, share, exp = "", kid, signature = ""] = TOKEN.exec(token) ?? [];
  const key = keys.find((known) => known.kid === kid);
  const claims = token.slice(0, token.lastIndexOf("."));
  if (!key || !(await isSigned(signedText(claims), signature, key))) return null;
  return { jobId: `job_${job}`, shareId: `shr_${share}`, hasEnded: Number.parseInt(exp, 36) * 1000 <= nowMs };
}

/** The job for strangers: what it makes, and nothing of who has it made from what. */
export function toSharedJob(job: Job, sharedUntil: number): SharedJob {
  const { type, typeVersion, state, params, progress, error, manifest } = job;
  const { createdAt, startedAt, finishedAt, expiresAt, purgedAt } = job;
  return {
    ...{ type, typeVersion, state, params, progress, error, manifest },
    ...{ createdAt, startedAt, finishedAt, expiresAt, purgedAt, sharedUntil },
  };
}

/** Begins otherwise than the text of a signed URL. */
function signedText(claims: string): string {
  return `share-link v1\n${claims}`;
}
