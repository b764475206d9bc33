/**
 * What one caller has used: one object for each account, and for each IP address that calls without one. Small JSON state, so
 * it uses itty-durable; its arguments travel as JSON in a header, hence ASCII only. Each call is one synchronous step, and
 * itty-durable begins the write before it answers, so that the platform holds the answer back until it is stored.
 */
import { createDurable } from "itty-durable";
import { type Charge, charge, type Meter, type Quota, type Standing, settle } from "../domain/quota.ts";

/** The quotas there are: jobs submitted in an hour, bytes uploaded in a day. */
export type QuotaName = "jobs" | "bytes";

/** The calls as the Worker makes them, through itty-durable's proxy. */
export interface QuotaCalls {
  charge(name: QuotaName, quota: Quota, entry: Charge, now: number): Promise<Standing>;
  settle(name: QuotaName, quota: Quota, entry: Charge, now: number): Promise<Standing>;
}

type Meters = Partial<Record<QuotaName, Meter & { readonly windowMs: number }>>;

export class QuotaObject extends createDurable({ autoPersist: true }) {
  meters: Meters = {};

  /** Charges one of the quotas, if there is enough left of it. */
  charge(name: QuotaName, quota: Quota, entry: Charge, now: number): Standing {
    const { meter, standing } = charge(this.meters[name] ?? null, quota, entry, now);
    const isNew = this.meters[name]?.startedAt !== meter.startedAt;
    this.meters = { ...this.meters, [name]: { ...meter, windowMs: quota.windowMs } };
    if (isNew) void this.setAlarm(lastEnd(this.meters));
    return standing;
  }

  /** Gives back what was charged too much. */
  settle(name: QuotaName, quota: Quota, entry: Charge, now: number): Standing {
    const { meter, standing } = settle(this.meters[name] ?? null, quota, entry, now);
    if (this.meters[name]) this.meters = { ...this.meters, [name]: { ...meter, windowMs: quota.windowMs } };
    return standing;
  }

  /** When all windows are over, nothing is left of this object. */
  async alarm(): Promise<void> {
    await this.loadFromStorage();
    const end = lastEnd(this.meters);
    if (Date.now() < end) return this.setAlarm(end);
    this.meters = {};
    await this.destroy();
  }
}

/** When the last window ends, epoch ms. */
function lastEnd(meters: Meters): number {
  return Math.max(0, ...Object.values(meters).map(({ startedAt, windowMs }) => startedAt + windowMs));
}
