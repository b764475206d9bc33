/**
 * How much a caller has used of what it may use in a time: pure arithmetic. A window begins with the first charge and ends
 * `windowMs` later, for all charges in it at once: "5 in the hour from your first one". Over the edge of two windows a caller
 * may thus get twice as much at once, never more over a longer time, and the answer says exactly when it goes on.
 *
 * A charge has an id, so that one whose answer was lost can be sent again and counts once; ids that are long past are forgotten.
 */

/** What may be used: `limit` in each window. */
export interface Quota {
  readonly limit: number;
  readonly windowMs: number;
}

/** One charge: what it is for, and how much. */
export type Charge = readonly [id: string, cost: number];

/** What has been used of one quota. Small and ASCII only: it is kept as one value. */
export interface Meter {
  readonly startedAt: number;
  readonly used: number;
  /** The latest ones, the oldest first. */
  readonly charges: readonly Charge[];
}

/** How a quota stands. */
export interface Standing {
  /** Whether the charge was taken. */
  readonly ok: boolean;
  readonly remaining: number;
  /** When all of it can be used again, epoch ms. */
  readonly resetAt: number;
}

/** Charges that are remembered by id. A repetition comes within seconds. */
export const MAX_REMEMBERED_CHARGES = 200;

/** Charges `cost`, whole or not at all. The same id again costs nothing. */
export function charge(
  meter: Meter | null,
  quota: Quota,
  [id, cost]: Charge,
  now: number,
): { meter: Meter; standing: Standing } {
  const current = currentMeter(meter, quota, now);
  const isKnown = current.charges.some(([known]) => known === id);
  if (isKnown) return { meter: current, standing: standingOf(current, quota, true) };
  if (current.used + cost > quota.limit) return { meter: current, standing: standingOf(current, quota, false) };
  const charges = [...current.charges, [id, cost] as const].slice(-MAX_REMEMBERED_CHARGES);
  const charged = { ...current, used: current.used + cost, charges };
  return { meter: charged, standing: standingOf(charged, quota, true) };
}

/** What was charged under `id` becomes `cost`: less, or nothing for what was refused. Unknown ids change nothing. */
export function settle(
  meter: Meter | null,
  quota: Quota,
  [id, cost]: Charge,
  now: number,
): { meter: Meter; standing: Standing } {
  const current = currentMeter(meter, quota, now);
  const charged = current.charges.find(([known]) => known === id)?.[1];
  if (charged === undefined) return { meter: current, standing: standingOf(current, quota, true) };
  const charges = current.charges.flatMap((entry): Charge[] => {
    if (entry[0] !== id) return [entry];
    return cost === 0 ? [] : [[id, cost]];
  });
  const settled = { ...current, used: Math.max(0, current.used + cost - charged), charges };
  return { meter: settled, standing: standingOf(settled, quota, true) };
}

function currentMeter(meter: Meter | null, { windowMs }: Quota, now: number): Meter {
  return meter === null || now >= meter.startedAt + windowMs ? { startedAt: now, used: 0, charges: [] } : meter;
}

function standingOf({ startedAt, used }: Meter, { limit, windowMs }: Quota, ok: boolean): Standing {
  return { ok, remaining: Math.max(0, limit - used), resetAt: startedAt + windowMs };
}
