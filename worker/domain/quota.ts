/**
 * How much a caller has used of what it may use in a time: pure arithmetic. A window begins with the first charge and ends
 * `windowMs` later, for all charges in it at once: "5 in the hour from your first one". Over the edge of two windows a caller
 * may thus get twice as much at once, never more over a longer time, and the answer says exactly when it goes on.
 *
 * A charge has an id, so that one whose answer was lost can be sent again and counts once; ids that are long past are forgotten.
 * It also has a payer, the request that made it: several requests may be for one thing, and one of them that is refused must
 * not take back what another has paid. Once a second one has relied on a charge, nobody can.
 */

/** What may be used: `limit` in each window. */
export interface Quota {
  readonly limit: number;
  readonly windowMs: number;
}

/** One charge: what it is for, how much, and which request pays it; null = several have come for it. */
export type Charge = readonly [id: string, cost: number, payer?: string | null];

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

/** Charges `cost`, whole or not at all. The same id again costs what it needs more than before: mostly nothing. */
export function charge(
  meter: Meter | null,
  quota: Quota,
  entry: Charge,
  now: number,
): { meter: Meter; standing: Standing } {
  const current = currentMeter(meter, quota, now);
  const [id, cost, payer] = entry;
  const known = current.charges.find((other) => other[0] === id);
  const more = Math.max(0, cost - (known?.[1] ?? 0));
  if (more > 0 && current.used + more > quota.limit) {
    return { meter: current, standing: standingOf(current, quota, false) };
  }
  const charges = known
    ? current.charges.map((other) => (other === known ? joined(known, more, payer) : other))
    : [...current.charges, entry].slice(-MAX_REMEMBERED_CHARGES);
  const charged = { ...current, used: current.used + more, charges };
  return { meter: charged, standing: standingOf(charged, quota, true) };
}

/** The charge of an id that comes again: by its payer, whose first answer was lost, or by somebody else. */
function joined([id, cost, payer]: Charge, more: number, by: string | null | undefined): Charge {
  return by === payer ? withPayer(id, cost + more, payer) : [id, cost + more, null];
}

/** Without a payer there is no third place, which JSON would make null of. */
function withPayer(id: string, cost: number, payer: string | null | undefined): Charge {
  return payer === undefined ? [id, cost] : [id, cost, payer];
}

/**
 * What was charged under `id` becomes `cost`: less, or nothing for what was refused. Unknown ids change nothing, nor does
 * anybody but the charge's payer.
 */
export function settle(
  meter: Meter | null,
  quota: Quota,
  [id, cost, payer]: Charge,
  now: number,
): { meter: Meter; standing: Standing } {
  const current = currentMeter(meter, quota, now);
  const charged = current.charges.find((other) => other[0] === id && other[2] === payer);
  if (!charged) return { meter: current, standing: standingOf(current, quota, true) };
  const charges = current.charges.flatMap((entry): Charge[] => {
    if (entry !== charged) return [entry];
    return cost === 0 ? [] : [withPayer(id, cost, payer)];
  });
  const settled = { ...current, used: Math.max(0, current.used + cost - charged[1]), charges };
  return { meter: settled, standing: standingOf(settled, quota, true) };
}

function currentMeter(meter: Meter | null, { windowMs }: Quota, now: number): Meter {
  return meter === null || now >= meter.startedAt + windowMs ? { startedAt: now, used: 0, charges: [] } : meter;
}

function standingOf({ startedAt, used }: Meter, { limit, windowMs }: Quota, ok: boolean): Standing {
  return { ok, remaining: Math.max(0, limit - used), resetAt: startedAt + windowMs };
}
