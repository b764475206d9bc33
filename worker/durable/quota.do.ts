/**
 * What one caller has used: one object for each account, and for each IP address that calls without one. Small JSON state, so
 * it uses itty-durable; its arguments travel as JSON in a header, hence ASCII only. Each call is one synchronous step, and
 * itty-durable begins the write before it answers, so that the platform holds the answer back until it is stored.
 */
import { createDurable } from "itty-durable";
import { ADMISSION_MS, type Admission, admit, dismiss } from "../domain/admissions.ts";
import { type Charge, charge, type Meter, type Quota, type Standing, settle } from "../domain/quota.ts";

/** The quotas there are: jobs submitted in an hour, bytes uploaded in a day. */
export type QuotaName = "jobs" | "bytes";

/** The calls as the Worker makes them, through itty-durable's proxy. */
export interface QuotaCalls {
  charge(name: QuotaName, quota: Quota, entry: Charge, now: number): Promise<Standing>;
  settle(name: QuotaName, quota: Quota, entry: Charge, now: number): Promise<Standing>;
  admit(id: string, jobs: number, by: string, now: number): Promise<readonly Admission[]>;
  dismiss(id: string, by: string): Promise<null>;
}

type Meters = Partial<Record<QuotaName, Meter & { readonly windowMs: number }>>;

export class QuotaObject extends createDurable({ autoPersist: true }) {
  meters: Meters = {};
  admissions: readonly Admission[] = [];

  /** Charges one of the quotas, if there is enough left of it. */
  charge(name: QuotaName, quota: Quota, entry: Charge, now: number): Standing {
    const { meter, standing } = charge(this.meters[name] ?? null, quota, entry, now);
    const isNew = this.meters[name]?.startedAt !== meter.startedAt;
    this.meters = { ...this.meters, [name]: { ...meter, windowMs: quota.windowMs } };
    if (isNew) void this.setAlarm(lastEnd(this));
    return standing;
  }

  /** Notes that a job, or a batch of so many, is about to be made, and answers what came in the minute before it. */
  admit(id: string, jobs: number, by: string, now: number): readonly Admission[] {
    const { admissions, before } = admit(this.admissions, { id, jobs, by }, now);
    this.admissions = admissions;
    void this.setAlarm(lastEnd(this));
    return before;
  }

  /** It is not made after all. */
  dismiss(id: string, by: string): null {
    this.admissions = dismiss(this.admissions, id, by);
    return null;
  }

  /** Gives back what was charged too much. */
  settle(name: QuotaName, quota: Quota, entry: Charge, now: number): Standing {
    const { meter, standing } = settle(this.meters[name] ?? null, quota, entry, now);
    if (this.meters[name]) this.meters = { ...this.meters, [name]: { ...meter, windowMs: quota.windowMs } };
    return standing;
  }

  /** When all windows are over, and nothing came in lately, nothing is left of this object. */
  async alarm(): Promise<void> {
    await this.loadFromStorage();
    const end = lastEnd(this);
    if (Date.now() < end) return this.setAlarm(end);
    this.meters = {};
    this.admissions = [];
    await this.destroy();
  }
}

/** When the last window ends, and what came in last is forgotten; epoch ms. */
function lastEnd({ meters, admissions }: Pick<QuotaObject, "meters" | "admissions">): number {
  const windows = Object.values(meters).map(({ startedAt, windowMs }) => startedAt + windowMs);
  return Math.max(0, ...windows, ...admissions.map(([, , at]) => at + ADMISSION_MS));
}
