/**
 * What callers are charged for: jobs they submit in an hour, bytes they upload in a day, and how many of their jobs may be
 * open. Routes charge right before they make something, when all that can be checked has been checked; what is refused all
 * the same is given back. A charge goes under the id of what is made, so that a repeated request costs nothing; once a second
 * request has come for that id, a refusal of one gives nothing back.
 *
 * When a quota does not answer, or takes longer than a second, the call goes on uncharged: a service that stands still
 * because it can't count would be worse than one that counts a few calls too little. The same holds for D1.
 */
import type { Context } from "hono";
import { PROBLEMS } from "#contract/problem.ts";
import { isKnown, NOBODY } from "../domain/ownership.ts";
import type { Charge, Quota, Standing } from "../domain/quota.ts";
import { policyField, secondsUntil, standingField } from "../domain/rate-limit-fields.ts";
import type { QuotaName } from "../durable/quota.do.ts";
import { quotas } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import { countOpenJobs } from "../storage/jobs-table.ts";
import { callerName } from "./caller-address.ts";
import type { AppContext } from "./context.ts";

const HOUR_MS = 3_600_000;
/** A quota that has not answered by then is not waited for. */
const ANSWER_MAX_MS = 1_000;
/** Open jobs are over when they are over; nobody knows when. */
const OPEN_JOBS_RETRY_S = 30;

/** What is made, and what it costs. */
interface Bill {
  /** The id of what is made; ASCII. */
  readonly id: string;
  readonly cost: number;
}

/** Charges jobs, and makes them: `make` is not called when the caller may not. */
export function chargeJobs<T>(c: Context<AppContext>, bill: Bill, make: () => Promise<T>): Promise<T> {
  // In this order, because sessions are free to make: who has used up the hour leaves no trace under another one.
  return charged(c, "jobs", bill, async () => {
    await admitJobs(c, bill);
    try {
      return await make();
    } catch (error) {
      if (isRefusal(error)) await dismissJobs(c, bill.id);
      throw error;
    }
  });
}

/**
 * Charges bytes that are about to be uploaded, and begins the upload. `owner` is told where the call itself does not say who
 * is calling, e.g. at a signed URL.
 */
export function chargeBytes<T>(
  c: Context<AppContext>,
  bill: Bill & { readonly owner?: string },
  make: () => Promise<T>,
): Promise<T> {
  return charged(c, "bytes", bill, make);
}

/** A part of what was charged under `id` is given back: `cost` is left of it. */
export async function settleJobs(c: Context<AppContext>, bill: Bill): Promise<void> {
  await settle(c, "jobs", bill);
}

async function charged<T>(
  c: Context<AppContext>,
  name: QuotaName,
  bill: Bill & { readonly owner?: string },
  make: () => Promise<T>,
): Promise<T> {
  const { id, cost, owner = c.get("owner") } = bill;
  const quota = quotaOf(c, name, owner);
  if (quota === null) return make();
  const now = Date.now();
  const entry: Charge = [id, cost, c.get("requestId")];
  const subject = await subjectOf(c, name, owner);
  const standing = await answered(() => quotas(c.env, subject).charge(name, quota, entry, now));
  if (standing === null) return make();
  tell(c, name, quota, standing, now);
  if (!standing.ok) throw overLimit(name, { quota, standing, cost, now, isAnonymous: !isKnown(owner) });
  try {
    return await make();
  } catch (error) {
    // After a failure of ours it may have been made all the same; the same request again is not charged again.
    if (isRefusal(error)) await settle(c, name, { id, cost: 0, owner });
    throw error;
  }
}

async function settle(
  c: Context<AppContext>,
  name: QuotaName,
  { id, cost, owner = c.get("owner") }: Bill & { readonly owner?: string },
): Promise<void> {
  const quota = quotaOf(c, name, owner);
  if (quota === null) return;
  const now = Date.now();
  const subject = await subjectOf(c, name, owner);
  const standing = await answered(() =>
    quotas(c.env, subject).settle(name, quota, [id, cost, c.get("requestId")], now),
  );
  if (standing) tell(c, name, quota, standing, now);
}

/** Whether an error says that the caller may not, and nothing was made; after any other it may have been. */
function isRefusal(error: unknown): boolean {
  return error instanceof AppError && PROBLEMS[error.code].status < 500;
}

/** What is made under an id of its own, that the list will show; another id is that of a job to be tried again. */
const MADE = /^(job|bat)_/;

/** Lets jobs in, if there is room: those in the list, and those that were let in before and are not shown there yet. */
async function admitJobs(c: Context<AppContext>, { id, cost: more }: Bill): Promise<void> {
  const owner = c.get("owner");
  const { jobsInFlight } = limitsOf(c, owner);
  // Whose jobs those without a session are nobody knows; by their address they may have few an hour.
  if (jobsInFlight === 0 || owner === NOBODY) return;
  const admit = () => quotas(c.env, owner).admit(id, more, c.get("requestId"), Date.now());
  const before = MADE.test(id) ? await answered(admit) : null;
  const open = await answered(() => countOpenJobs(c.env.DB, owner, jobsInFlight, before ?? []));
  if (open === null || open + more <= jobsInFlight) return;
  await dismissJobs(c, id);
  const raise = !isKnown(owner) ? " An API key raises the limit." : "";
  throw new AppError(
    "rate_limited",
    `${jobsInFlight} jobs may be waiting or running at a time; ${open} are, and this would add ${more}. ` +
      `Wait for some of them to end, or cancel them.${raise}`,
    { headers: { "Retry-After": String(OPEN_JOBS_RETRY_S) } },
  );
}

/** They were not let in after all. */
async function dismissJobs(c: Context<AppContext>, id: string): Promise<void> {
  const owner = c.get("owner");
  if (limitsOf(c, owner).jobsInFlight === 0 || owner === NOBODY || !MADE.test(id)) return;
  await answered(() => quotas(c.env, owner).dismiss(id, c.get("requestId")));
}

/** The answer of what may fail without stopping anybody, or null. */
async function answered<T>(call: () => Promise<T>): Promise<T | null> {
  const clock = new AbortController();
  const tooLong = scheduler.wait(ANSWER_MAX_MS, { signal: clock.signal }).then(() => {
    throw new Error(`no answer within ${ANSWER_MAX_MS} ms`);
  });
  try {
    return await Promise.race([call(), tooLong]);
  } catch (error) {
    console.error("a limit could not be checked; the call goes on", { error: String(error) });
    return null;
  } finally {
    clock.abort();
  }
}

function limitsOf(c: Context<AppContext>, owner: string) {
  const { limits } = c.get("config");
  return isKnown(owner) ? limits.key : limits.anonymous;
}

/** How much the caller may have; null where there is no limit. */
export function allowancesOf(
  c: Context<AppContext>,
): Record<"jobsPerHour" | "bytesPerDay" | "jobsInFlight", number | null> {
  const owner = c.get("owner");
  return {
    jobsPerHour: quotaOf(c, "jobs", owner)?.limit ?? null,
    bytesPerDay: quotaOf(c, "bytes", owner)?.limit ?? null,
    jobsInFlight: limitsOf(c, owner).jobsInFlight || null,
  };
}

/** Null when there is no limit. A key that has its own may be given 0, which is none at all. */
function quotaOf(c: Context<AppContext>, name: QuotaName, owner: string): Quota | null {
  const { jobsPerHour, bytesPerDay } = limitsOf(c, owner);
  if (name === "jobs") {
    const own = c.get("key")?.jobsPerHour ?? null;
    if (own !== null) return { limit: own, windowMs: HOUR_MS };
    return jobsPerHour === 0 ? null : { limit: jobsPerHour, windowMs: HOUR_MS };
  }
  return bytesPerDay === 0 ? null : { limit: bytesPerDay, windowMs: 24 * HOUR_MS };
}

/**
 * Whose quota it is: the account's, or the key's where that has its own, which those share that it has made. Sessions are free to make, so without a key it is the
 * address that counts.
 */
function subjectOf(c: Context<AppContext>, name: QuotaName, owner: string): Promise<string> | string {
  if (!isKnown(owner)) return callerName(c.req.raw);
  const key = c.get("key");
  return name === "jobs" && key && key.jobsPerHour !== null ? key.limitOf : owner;
}

/** Says how the quota stands in the answer, whatever becomes of it. */
function tell(c: Context<AppContext>, name: QuotaName, quota: Quota, standing: Standing, now: number): void {
  const told = c.get("rateLimits") ?? new Map<string, { policy: string; standing: string }>();
  told.set(name, { policy: policyField(name, quota), standing: standingField(name, standing, now) });
  c.set("rateLimits", told);
  const fields = [...told.values()];
  c.res.headers.set("RateLimit-Policy", fields.map(({ policy }) => policy).join(", "));
  c.res.headers.set("RateLimit", fields.map(({ standing: field }) => field).join(", "));
}

function overLimit(
  name: QuotaName,
  over: { quota: Quota; standing: Standing; cost: number; now: number; isAnonymous: boolean },
): AppError {
  const { quota, standing, cost, now } = over;
  const waitS = secondsUntil(standing.resetAt, now);
  const [what, span] = name === "jobs" ? ["jobs", "an hour"] : ["bytes of uploads", "a day"];
  const who = over.isAnonymous ? "Without an API key, one address may have" : "This account or key may have";
  const raise = over.isAnonymous ? "An API key raises it." : "Ask the operator for more.";
  const limit = `${who} ${quota.limit} ${what} ${span}.`;
  if (cost > quota.limit) {
    return new AppError("rate_limited", `${limit} This asks for ${cost} at once: ask for less. ${raise}`);
  }
  const at = new Date(standing.resetAt).toISOString();
  return new AppError(
    "rate_limited",
    `${limit} ${standing.remaining} are left, and this needs ${cost}. All can be had again in ${waitS} s, at ${at}. ${raise}`,
    { headers: { "Retry-After": String(waitS) } },
  );
}
