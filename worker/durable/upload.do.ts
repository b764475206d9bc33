/** One upload: which parts R2 has, whether it is complete, which jobs hold it. The bytes go past it, straight into R2. */
import { DurableObject } from "cloudflare:workers";
import { contentOfFile, contentOfParts } from "../domain/content-hash.ts";
import type { FileContent } from "../domain/job-record.ts";
import { maySee } from "../domain/ownership.ts";
import type { PartSize } from "../domain/upload-parts.ts";
import {
  abortUpload,
  completeUpload,
  endUpload,
  hasAllParts,
  hasBytesToDelete,
  holdUpload,
  isDue,
  isLive,
  type NamedPart,
  noteLateBytes,
  notePart,
  refuseNamedParts,
  refusePart,
  releaseUpload,
  type StoredPart,
  type UploadChange,
  type UploadRecord,
  type UploadRefusal,
} from "../domain/upload-record.ts";
import type { Env } from "../env.ts";
import { abortMultipart, deleteFile, finishMultipart, hashFile, headFile } from "../storage/files-bucket.ts";
import { uploadKey } from "../storage/object-keys.ts";
import { loadUpload, migrateUploadStore, saveUpload } from "../storage/upload-store.ts";

/** Why a call to an upload did nothing. */
export type UploadFailure =
  | UploadRefusal
  | { readonly ok: false; readonly reason: "missing" | "checksum_mismatch"; readonly detail?: string };

/** What a change answers across RPC. */
export type UploadOutcome = { readonly ok: true; readonly record: UploadRecord } | UploadFailure;

/** Where bytes of an upload may be written. */
export interface UploadPlace {
  readonly ok: true;
  /** R2's id of the multipart upload; null for a single PUT. */
  readonly multipartId: string | null;
  readonly contentType: string;
  /** What the whole file must have; null = not told. */
  readonly sha256: string | null;
  /** Who is charged for the bytes as they come in; null when that was done for the whole file. */
  readonly charge: string | null;
}

/** R2 has the whole file, and what is in it. */
type Finished = { readonly ok: true; readonly content: FileContent | null } | UploadFailure;

/** An upload whose deletion failed is tried again after this long. */
const RETRY_MS = 60_000;

export class UploadObject extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#sql = context.storage.sql;
  }

  /** Stores a new upload; again with the same id is a no-op. */
  create(record: UploadRecord): void {
    if (loadUpload(this.#sql)) return;
    migrateUploadStore(this.#sql);
    saveUpload(this.#sql, record, null);
    this.#arm(record);
  }

  read(): UploadRecord | null {
    return loadUpload(this.#sql);
  }

  /** Whether a part may come in now, and where it goes. Asked before its bytes are read; `notePart` decides. */
  admit(part: PartSize): UploadPlace | UploadFailure {
    const record = loadUpload(this.#sql);
    if (!record) return { ok: false, reason: "missing" };
    const { multipartId, contentType, sha256, owner, open } = record;
    return refusePart(record, part) ?? { ok: true, multipartId, contentType, sha256, charge: open ? owner : null };
  }

  /** R2 has taken a part. Answers why it does not count, or null. */
  notePart(part: StoredPart): UploadFailure | null {
    const outcome = this.#apply((record) => notePart(record, part));
    return outcome.ok ? null : outcome;
  }

  /** Joins the parts and checks size and checksum; `named` are the parts that the file is to consist of. Twice is a no-op. */
  async complete(named: readonly NamedPart[] | null = null): Promise<UploadOutcome> {
    const record = loadUpload(this.#sql);
    if (!record) return { ok: false, reason: "missing" };
    const refusal = isLive(record) && named ? refuseNamedParts(record, named) : null;
    if (refusal) return refusal;
    if (record.state !== "pending" || !hasAllParts(record)) return this.#apply((same) => completeUpload(same, null));
    const finished = await this.#finish(record);
    return finished.ok ? this.#apply((current) => completeUpload(current, finished.content)) : finished;
  }

  /** Drops the upload and its bytes; what can't be deleted now, the alarm deletes. */
  async abort(): Promise<UploadOutcome> {
    const outcome = this.#apply(abortUpload);
    if (outcome.ok) await this.#deleteBytes();
    return outcome;
  }

  /** Bytes came in while the upload ended: they go too. */
  async discardLate(): Promise<void> {
    this.#apply(noteLateBytes);
    await this.#deleteBytes();
  }

  /**
   * Keeps the file for a job of `owner`, or for a batch and `jobs` of its jobs; for somebody who may not see the upload there
   * is none. 0 `jobs`: it was counted before.
   */
  hold(holder: string, owner: string, jobs: number): UploadOutcome {
    const record = loadUpload(this.#sql);
    if (record && !maySee(owner, record.owner)) return { ok: false, reason: "missing" };
    return this.#apply((current) => holdUpload(current, holder, jobs));
  }

  /** A job lets go. The file goes when its time is over and nobody else holds it. */
  release(jobId: string): void {
    this.#apply((record) => ({ ok: true, record: releaseUpload(record, jobId) }));
  }

  /** Those of these keys that this upload does not name. With `wake`, what is due is done as well. */
  async unnamed(keys: readonly string[], wake: boolean): Promise<string[]> {
    const record = loadUpload(this.#sql);
    const isNamed = record !== null && (isLive(record) || hasBytesToDelete(record));
    if (record && wake) await this.alarm();
    return keys.filter((key) => !isNamed || key !== uploadKey(record.id));
  }

  /** Deletes what is over. Never throws: the platform would stop retrying. */
  override async alarm(): Promise<void> {
    try {
      this.#apply((record) => ({ ok: true, record: isDue(record, Date.now()) ? endUpload(record) : record }));
      await this.#deleteBytes();
      // An alarm that came too early is armed again.
      const record = loadUpload(this.#sql);
      if (record) this.#arm(record);
    } catch (error) {
      console.error("upload alarm failed", { error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
    }
  }

  async #finish(record: UploadRecord): Promise<Finished> {
    const key = uploadKey(record.id);
    const { multipartId, parts, bytes, sha256 } = record;
    if (multipartId) {
      const joined = await finishMultipart(this.env.BUCKET, key, multipartId, parts, bytes);
      if (!joined) return { ok: false, reason: "upload_conflict" };
      // A single PUT is checked by R2 itself while it is written; R2 can't do that for parts.
      if (sha256 && (await hashFile(this.env.BUCKET, key)) !== sha256) {
        await this.abort();
        return { ok: false, reason: "checksum_mismatch" };
      }
      return { ok: true, content: await contentOfJoined(record) };
    }
    const head = await headFile(this.env.BUCKET, key);
    if (head?.size !== bytes) return { ok: false, reason: "upload_incomplete" };
    const [part] = parts;
    // Two PUTs may have overtaken each other: only of the one that was noted is it known what is in it.
    const isNoted = part?.sha256 && part.version === head.version;
    return { ok: true, content: isNoted ? { hash: contentOfFile(part.sha256), version: head.version } : null };
  }

  /** Deletes the bytes of an upload that has ended. A failure is left to the alarm. */
  async #deleteBytes(): Promise<void> {
    const record = loadUpload(this.#sql);
    if (!record || !hasBytesToDelete(record)) return;
    try {
      const key = uploadKey(record.id);
      if (record.multipartId) await abortMultipart(this.env.BUCKET, key, record.multipartId);
      await deleteFile(this.env.BUCKET, key);
      // Bytes that come in from now on are told by `discardLate`.
      this.#apply((now) => ({ ok: true, record: { ...now, bytesGone: true } }));
    } catch (error) {
      console.error("upload clean-up failed, will be repeated", { uploadId: record.id, error: String(error) });
    }
  }

  #apply(change: (record: UploadRecord) => UploadChange): UploadOutcome {
    const record = loadUpload(this.#sql);
    if (!record) return { ok: false, reason: "missing" };
    const result = change(record);
    if (result.ok && result.record !== record) {
      saveUpload(this.#sql, result.record, record);
      this.#arm(result.record);
    }
    return result;
  }

  #arm(record: UploadRecord): void {
    if (hasBytesToDelete(record)) void this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
    else if (!isLive(record) || record.holders.length > 0) void this.ctx.storage.deleteAlarm();
    else void this.ctx.storage.setAlarm(Math.max(record.expiresAt, Date.now()));
  }
}

/** What is in a file that R2 has joined of these parts; it refuses to when a part has another ETag by then. */
async function contentOfJoined({ plan, parts }: UploadRecord): Promise<FileContent | null> {
  const hashes = parts.flatMap(({ sha256 }) => sha256 ?? []);
  if (hashes.length !== plan.partCount) return null;
  // A file of one part is named like one that came in a single PUT.
  if (hashes.length === 1) return { hash: contentOfFile(hashes[0] as string), version: null };
  return { hash: await contentOfParts(plan.partBytes, hashes), version: null };
}
