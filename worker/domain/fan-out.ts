/**
 * A stage whose parts several runners share. The lead, which has the job's lease, works through the list from the front;
 * assistants claim from the back. A part is made once its checkpoint is there. Nothing here needs an alarm: what a claim
 * holds up is looked at when somebody calls, and the lead calls as long as it lives.
 */
import { MAX_ASSISTANTS, POOL_CONFIRM_MS } from "#contract/limits.ts";
import type { PartsRequest, SharedPartsStatus } from "#contract/runner-api.ts";

/** Help pays when the rest takes this many times as long as an assistant needs to get ready. */
const WORTH_SET_UPS = 2;
/** Ended assists and their runners that are remembered, the latest: late calls come within minutes. */
const MAX_REMEMBERED = 4 * MAX_ASSISTANTS;

interface Part {
  readonly name: string;
  /** Who made it, or null. */
  readonly by: "lead" | "assistant" | null;
}

/** One runner's right to help. */
export interface Assist {
  readonly leaseId: string;
  readonly runnerId: string;
  readonly ttlMs: number;
  readonly expiresAt: number;
  /** All that it has claimed, made or not. */
  readonly claimed: readonly string[];
  /** How many parts it has made. */
  readonly made: number;
  /** Number of its last batch of log lines; absent before the first. */
  readonly logBatch?: number;
}

/** What the pool was told last. */
interface Asked {
  readonly wanted: boolean;
  readonly assistants: number;
  readonly at: number;
}

/** The shared stage of a job, as its object keeps it. */
export interface FanOut {
  /** The lead's lease: with it ends all of this. */
  readonly leaseId: string;
  readonly leadId: string;
  readonly stage: string;
  readonly atOnce: number;
  readonly setUpMs: number;
  readonly announcedAt: number;
  /** In the lead's order. */
  readonly parts: readonly Part[];
  readonly assists: readonly Assist[];
  /** Lease ids of assists that are over. */
  readonly ended: readonly string[];
  /** Runners that helped without making a part: they are not asked again. */
  readonly barred: readonly string[];
  readonly asked: Asked | null;
}

export interface Lead {
  readonly leaseId: string;
  readonly runnerId: string;
}

/** What is made of one announcement. */
export function announceParts(lead: Lead, { stage, names, atOnce, setUpMs }: PartsRequest, now: number): FanOut {
  return {
    leaseId: lead.leaseId,
    leadId: lead.runnerId,
    stage,
    atOnce,
    setUpMs,
    announcedAt: now,
    parts: names.map((name) => ({ name, by: null })),
    assists: [],
    ended: [],
    barred: [],
    asked: null,
  };
}

/** Whether this is the announcement that was made already. */
export function isSameAnnouncement(fanOut: FanOut, lead: Lead, request: PartsRequest): boolean {
  return (
    fanOut.leaseId === lead.leaseId &&
    fanOut.stage === request.stage &&
    fanOut.parts.length === request.names.length &&
    fanOut.parts.every(({ name }, place) => name === request.names[place])
  );
}

/** The same without assists whose time has run out; what they claimed is free again. */
export function dropExpired(fanOut: FanOut, now: number): FanOut {
  return fanOut.assists
    .filter(({ expiresAt }) => now >= expiresAt)
    .reduce((rest, { leaseId }) => endAssist(rest, leaseId), fanOut);
}

/** The assist under that lease, if it lives. */
export function findAssist(fanOut: FanOut, leaseId: string): Assist | null {
  return fanOut.assists.find((assist) => assist.leaseId === leaseId) ?? null;
}

/** What of its claims an assistant has not made yet, in the order in which it claimed them. */
export function openClaims({ parts }: FanOut, { claimed }: Assist): string[] {
  const open = new Set(parts.filter(({ by }) => by === null).map(({ name }) => name));
  return claimed.filter((name) => open.has(name));
}

/** Parts that an assistant may claim, in the lead's order: not made, not claimed, and not the lead's next. */
function freeParts({ parts, assists, atOnce }: FanOut): string[] {
  const taken = new Set(assists.flatMap(({ claimed }) => claimed));
  const free = parts.filter(({ name, by }) => by === null && !taken.has(name));
  return free.slice(atOnce).map(({ name }) => name);
}

/**
 * Whether one more assistant pays. How long parts take is known once the lead has made its first ones; each assistant that
 * is still getting ready will take at least one part.
 */
export function isHelpWanted(fanOut: FanOut, now: number): boolean {
  const { parts, assists, atOnce, setUpMs, announcedAt } = fanOut;
  const made = parts.filter(({ by }) => by !== null).length;
  if (made < atOnce || assists.length >= MAX_ASSISTANTS) return false;
  const gettingReady = assists.filter(({ claimed }) => claimed.length === 0).length;
  const free = freeParts(fanOut).length - gettingReady;
  const restMs = (free * (now - announcedAt)) / made;
  return free > 0 && restMs >= WORTH_SET_UPS * setUpMs;
}

/** Lets a runner help. Null when it can't: nothing is left that pays, it is the lead, or it was no help before. */
export function grantAssist(
  fanOut: FanOut,
  { leaseId, runnerId, ttlMs }: { leaseId: string; runnerId: string; ttlMs: number },
  now: number,
): FanOut | null {
  if (findAssist(fanOut, leaseId)) return extendAssist(fanOut, leaseId, now);
  if (fanOut.ended.includes(leaseId) || fanOut.barred.includes(runnerId) || runnerId === fanOut.leadId) return null;
  if (!isHelpWanted(fanOut, now)) return null;
  const assist: Assist = { leaseId, runnerId, ttlMs, expiresAt: now + ttlMs, claimed: [], made: 0 };
  return { ...fanOut, assists: [...fanOut.assists, assist] };
}

/** A sign of life of a living assistant. */
export function extendAssist(fanOut: FanOut, leaseId: string, now: number): FanOut {
  return changeAssist(fanOut, leaseId, (assist) => ({ ...assist, expiresAt: now + assist.ttlMs }));
}

/** A living assistant takes parts from the back, until it has `count` together with those it has not made yet. */
export function claimParts(fanOut: FanOut, leaseId: string, count: number, now: number): FanOut {
  return changeAssist(extendAssist(fanOut, leaseId, now), leaseId, (assist) => {
    const more = Math.max(count - openClaims(fanOut, assist).length, 0);
    const taken = more === 0 ? [] : freeParts(fanOut).slice(-more).reverse();
    return { ...assist, claimed: [...assist.claimed, ...taken] };
  });
}

/** The checkpoint of that name is there. Who else is at it does no harm, nor does it come twice. */
export function noteMade(fanOut: FanOut, leaseId: string, name: string): FanOut {
  const part = fanOut.parts.find((candidate) => candidate.name === name);
  if (!part || part.by !== null) return fanOut;
  const by = leaseId === fanOut.leaseId ? ("lead" as const) : ("assistant" as const);
  const parts = fanOut.parts.map((other) => (other === part ? { ...part, by } : other));
  return changeAssist({ ...fanOut, parts }, leaseId, (assist) => ({ ...assist, made: assist.made + 1 }));
}

/** An assistant has sent this batch of log lines. */
export function noteLogBatch(fanOut: FanOut, leaseId: string, batch: number): FanOut {
  return changeAssist(fanOut, leaseId, (assist) => ({ ...assist, logBatch: Math.max(batch, assist.logBatch ?? 0) }));
}

/** The assist is over. A runner that made no part of it is not asked again. */
export function endAssist(fanOut: FanOut, leaseId: string): FanOut {
  const assist = findAssist(fanOut, leaseId);
  if (!assist) return fanOut;
  return {
    ...fanOut,
    assists: fanOut.assists.filter((other) => other !== assist),
    ended: [...fanOut.ended, leaseId].slice(-MAX_REMEMBERED),
    barred: assist.made > 0 ? fanOut.barred : [...fanOut.barred, assist.runnerId].slice(-MAX_REMEMBERED),
  };
}

/** What the lead is told; null while nobody else has, or made, a part. */
export function sharedParts({ parts, assists }: FanOut): SharedPartsStatus | null {
  const claims = new Set(assists.flatMap(({ claimed }) => claimed));
  const placesOf = (fits: (part: Part) => boolean) => parts.flatMap((part, place) => (fits(part) ? [place] : []));
  const taken = placesOf(({ name, by }) => by === null && claims.has(name));
  const done = placesOf(({ by }) => by === "assistant");
  return taken.length + done.length > 0 ? { taken, done } : null;
}

/** What the pool is to be told. `ring`: the lead may be waiting for what has just happened. */
export interface HelpNews {
  readonly wanted: boolean;
  readonly assistants: number;
  readonly ring: boolean;
}

/** What the pool is to be told after a step from `before`, if anything, and the record of having been told. */
export function helpNews(before: FanOut, after: FanOut, now: number): { fanOut: FanOut; news: HelpNews | null } {
  const { asked } = after;
  const wanted = isHelpWanted(after, now);
  const assistants = after.assists.length;
  const isNews = wanted !== (asked?.wanted ?? false) || assistants !== (asked?.assistants ?? 0);
  const isOld = asked !== null && wanted && now >= asked.at + POOL_CONFIRM_MS;
  const ring = isLeadFreed(before, after);
  if (!isNews && !isOld && !ring) return { fanOut: after, news: null };
  return { fanOut: { ...after, asked: { wanted, assistants, at: now } }, news: { wanted, assistants, ring } };
}

/** Whether an assistant made the last part that was missing, or gave parts back. */
function isLeadFreed(before: FanOut, after: FanOut): boolean {
  const open = ({ parts }: FanOut) => parts.filter(({ by }) => by === null).length;
  const byOthers = ({ parts }: FanOut) => parts.filter(({ by }) => by === "assistant").length;
  const isComplete = open(before) > 0 && open(after) === 0 && byOthers(after) > byOthers(before);
  const left = before.assists.filter(({ leaseId }) => !findAssist(after, leaseId));
  return isComplete || left.some((assist) => openClaims(after, assist).length > 0);
}

function changeAssist(fanOut: FanOut, leaseId: string, change: (assist: Assist) => Assist): FanOut {
  return {
    ...fanOut,
    assists: fanOut.assists.map((assist) => (assist.leaseId === leaseId ? change(assist) : assist)),
  };
}
