/** What a job's Durable Object stores, the events a change makes, and the public view of it. */
import type { AttemptRecord, Job, JobError, JobEvent, JobInput, JobState, Progress } from "#contract/job.ts";
import type { Artifact, Manifest } from "#contract/manifest.ts";
import type { HelpNews } from "./fan-out.ts";
import type { ShareLink } from "./share-link.ts";

/** A runner's right to work on the job, as the job object keeps it. `leaseId` is the fence. */
export interface LeaseRecord {
  readonly leaseId: string;
  readonly runnerId: string;
  readonly attempt: number;
  readonly grantedAt: number;
  readonly expiresAt: number;
  /** How long it lives without a heartbeat. */
  readonly ttlMs?: number;
  /** Highest log batch taken, so that a repeated call adds nothing twice. */
  readonly logBatch: number;
  /** Artifacts the runner asked to upload, by name. */
  readonly artifacts: Readonly<Record<string, Artifact>>;
}

/** An input as the job keeps it. */
export interface RecordInput extends JobInput {
  /** Where the bytes lie when they are another job's file; null until that job has finished. */
  readonly files?: FilesOfJob | null;
  /** What is in the file, as far as that is known for sure. */
  readonly content?: FileContent;
}

/** What is in a file: `hash` is the same for the same bytes. See content-hash.ts. */
export interface FileContent {
  readonly hash: string;
  /** R2's name for this very writing of the file, where it could be written once more; null where it can't. */
  readonly version: string | null;
}

/** Where the published files of a job lie: under a lease of it, or of the job whose result it shares. */
export interface FilesOfJob {
  readonly jobId: string;
  readonly leaseId: string;
}

/** An end of the job that its owner's webhooks are to be told of. A job that is tried again by hand has several. */
export interface JobEnd {
  /** The turn that ended; no two have the same. */
  readonly queuedAt: number;
  readonly state: JobState;
  readonly error: JobError | null;
  readonly at: number;
}

/** A job as stored. Times are epoch milliseconds. */
export interface JobRecord {
  readonly id: string;
  readonly owner: string;
  readonly type: string;
  readonly typeVersion: number;
  readonly pool: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: readonly RecordInput[];
  /** The jobs this one is a version of, the latest first: whose checkpoints it may go on from. */
  readonly ancestors?: readonly string[];
  /** The first of its versions; absent for one that is no version of another. */
  readonly asset?: string;
  readonly batch?: string;
  /** Its key in that batch. */
  readonly key?: string;
  /** False when it is to run though the result of an equal job is there. */
  readonly cache?: false;
  /** The preset whose parameters it took where none were given. */
  readonly preset?: string;
  /** Hash of the request that made it, for a job under its client's id. */
  readonly clientRequest?: string;
  /** Jobs whose inputs are files of this one, and batches that will make such jobs. */
  readonly holders?: readonly string[];
  /** Of those batches: for how many jobs. */
  readonly places?: Readonly<Record<string, number>>;
  /** Jobs that took this one's result for theirs. */
  readonly sharers?: readonly string[];
  /** When to ask them whether they still need it; null or absent unless this job is purged and shared. */
  readonly checkSharersAt?: number | null;
  /** Whose files these are when the result was taken from an equal job. That job's files stay as long as this one is kept. */
  readonly sharedFrom?: FilesOfJob;
  /** Its files are kept until it is unpinned. */
  readonly pinned?: boolean;
  /** Links that show it to whoever has them; some may be over. */
  readonly shareLinks?: readonly ShareLink[];
  readonly executionTimeoutS: number;
  readonly maxAttempts: number;
  readonly priority: number;
  readonly ttlS: number;
  /** How long its files are kept after its end; absent for the default. */
  readonly retentionS?: number;
  readonly state: JobState;
  /** Attempts that count; a release takes one back. */
  readonly attempt: number;
  /** `attempt` when the present budget of `maxAttempts` began: 0, or later after a retry by hand. */
  readonly budgetFrom: number;
  /** Leases lost within the present budget. */
  readonly leasesLost: number;
  readonly lease: LeaseRecord | null;
  /** The lease whose call ended the job, and how, so that its repetition gets the same answer. */
  readonly settledBy: string | null;
  /** The lease whose files the manifest names. */
  readonly publishedLeaseId: string | null;
  readonly progress: Progress | null;
  readonly error: JobError | null;
  readonly attempts: readonly AttemptRecord[];
  readonly manifest: Manifest | null;
  readonly seq: number;
  readonly createdAt: number;
  /** When it was put in line last; later each time, so that it also names the turn. */
  readonly queuedAt: number;
  readonly notBefore: number | null;
  readonly startedAt: number | null;
  readonly cancelRequestedAt: number | null;
  readonly finishedAt: number | null;
  readonly expiresAt: number | null;
  readonly purgedAt: number | null;
  /**
   * When to tell the pool again where the job is, or to ask the jobs again that it waits for; null when it is over, or when
   * telling is pending.
   */
  readonly confirmAt?: number | null;
  /** When the outside work is repeated that is still not confirmed then. */
  readonly pendingAt?: number;
  /** Work outside this object that a change asked for and that is not confirmed yet. The alarm repeats it. */
  readonly pending: {
    /** Tell the pool that the job is in line, at work, or neither. */
    readonly pool: "enqueue" | "take" | "remove" | null;
    /** Delete R2 objects that no manifest names. */
    readonly cleanup: boolean;
    /** Tell the runner's doorbell about a cancel. */
    readonly ringCancel: boolean;
    /** Write the D1 row. */
    readonly project: boolean;
    /** Let go of the inputs. */
    readonly releaseInputs: boolean;
    /** Tell the owner's webhooks. */
    readonly notify?: readonly JobEnd[] | null;
    /** Ask the jobs whose files are inputs. */
    readonly askDependencies?: boolean;
    /** Tell the jobs that hold this one that it has ended. */
    readonly tellHolders?: boolean;
    /** Tell the batch how the job stands. */
    readonly tellBatch?: boolean;
    /** Offer the result to equal jobs. */
    readonly cache?: boolean;
    /** Ask the jobs that share the result whether they still need it. */
    readonly checkSharers?: boolean;
    /** The record is to go. From then on nobody sees the job any more. */
    readonly forget?: boolean;
    /** Tell the pool whether other runners may help, and the lead's doorbell that they have. */
    readonly help?: HelpNews | null;
  };
}

/** An event before it is numbered. */
export type NewEvent = { [K in JobEvent["kind"]]: Omit<Extract<JobEvent, { kind: K }>, "seq"> }[JobEvent["kind"]];

/** Why a change was refused. */
export type Refusal =
  | "lease_lost"
  | "not_queued"
  | "not_due"
  | "not_retryable"
  | "purged"
  | "artifact_unknown"
  | "artifact_missing"
  | "checkpoint_limit"
  | "no_parts"
  | "input_changed"
  | "input_unknown"
  | "not_final"
  | "held"
  | "share_limit"
  | "source_limit"
  | "pinned";

/** The outcome of a change: a new record and its events, or the reason it was refused. Nothing changed then. */
export type Change<Extra = unknown> =
  | ({ readonly ok: true; readonly record: JobRecord; readonly events: readonly NewEvent[] } & Extra)
  | { readonly ok: false; readonly reason: Refusal };

/** The event that tells of the record's present state. */
export function statusEvent(record: JobRecord, now: number): NewEvent {
  return {
    at: now,
    kind: "status",
    data: { state: record.state, attempt: record.attempt, error: record.error, notBefore: record.notBefore },
  };
}

/** Whether the input is a file of another job that has not given it yet. */
export function isAwaited({ upload, url, files }: RecordInput): boolean {
  return upload === null && url === undefined && (files ?? null) === null;
}

/** The outside work that every change of state asks for. */
export function askedByNews({ batch }: Pick<JobRecord, "batch">): Partial<JobRecord["pending"]> {
  return { project: true, ...(batch === undefined ? {} : { tellBatch: true }) };
}

/** A change that ends in `record`, told by a status event and to its batch, projected to D1. */
export function changed(record: JobRecord, now: number, more: readonly NewEvent[] = []): Change & { ok: true } {
  const projected = { ...record, pending: { ...record.pending, ...askedByNews(record) } };
  return { ok: true, record: projected, events: [...more, statusEvent(projected, now)] };
}

/** The job as its owner sees it. */
export function toJob(record: JobRecord): Job {
  const { id, type, typeVersion, state, pool, attempt, maxAttempts, progress, error, manifest, seq } = record;
  const { createdAt, notBefore, startedAt, finishedAt, purgedAt } = record;
  return {
    id,
    type,
    typeVersion,
    state,
    params: record.params,
    inputs: record.inputs.map(toInput),
    pool,
    rerunOf: record.ancestors?.[0] ?? null,
    asset: record.asset ?? id,
    preset: record.preset ?? null,
    batch: record.batch ?? null,
    cached: record.sharedFrom !== undefined,
    pinned: record.pinned === true,
    attempt,
    maxAttempts,
    progress,
    error,
    attempts: [...record.attempts],
    manifest,
    seq,
    createdAt,
    notBefore,
    startedAt,
    finishedAt,
    expiresAt: keptEnd(record),
    purgedAt,
  };
}

/** What its owner would call the job: its key in its batch, or its type and the file it was made from. */
export function nameOfJob({ key, type, inputs }: Pick<JobRecord, "key" | "type" | "inputs">): string {
  if (key !== undefined) return key;
  const file = inputs.find((input) => input.role === null && !isAwaited(input));
  return file ? `${type} (${file.filename.slice(0, 80)})` : type;
}

/** When the files go, as users see it: null while the job is pinned. */
export function keptEnd({ pinned, expiresAt }: JobRecord): number | null {
  return pinned === true ? null : expiresAt;
}

/** Where the job's published files lie, or null when it has none any more or not yet. */
export function filesOf({ id, purgedAt, sharedFrom, publishedLeaseId }: JobRecord): FilesOfJob | null {
  if (purgedAt !== null) return null;
  return sharedFrom ?? (publishedLeaseId === null ? null : { jobId: id, leaseId: publishedLeaseId });
}

/** Jobs stored by earlier versions know uploads only. */
function toInput(input: RecordInput): JobInput {
  const { upload, job = null, artifact = null, url, sha256, filename, bytes, contentType, role } = input;
  const fetched = url === undefined ? {} : { url, ...(sha256 === undefined ? {} : { sha256 }) };
  return { upload, job, artifact, ...fetched, filename, bytes, contentType, role };
}
