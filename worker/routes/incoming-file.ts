/**
 * A file that comes in without its length, on its way to being an upload. R2 wants lengths, so a part at a time is in memory:
 * a file of one part is written when it has ended, a larger one part by part while it comes.
 */
import type { Context } from "hono";
import { UPLOAD_PART_BYTES } from "#contract/limits.ts";
import { makeId } from "../domain/identifiers.ts";
import { createOpenUpload, createUpload } from "../domain/upload-record.ts";
import { callUpload } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { chargeBytes } from "../middleware/quota.ts";
import { startMultipart } from "../storage/files-bucket.ts";
import { uploadKey } from "../storage/object-keys.ts";
import { toUploadError, unwrapUpload } from "./upload-access.ts";
import { storePaid } from "./upload-bytes.ts";

const FIRST_BUFFER_BYTES = 64 * 1024;

export interface FileFacts {
  /** The form's field, for messages. */
  readonly field: string;
  readonly filename: string;
  readonly contentType: string;
  readonly maxBytes: number;
}

export class IncomingFile {
  readonly id = makeId("upl", crypto.getRandomValues(new Uint8Array(16)));
  readonly field: string;
  readonly #c: Context<AppContext>;
  readonly #facts: FileFacts;
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  /** Bytes in the buffer, and in all. */
  #filled = 0;
  #bytes = 0;
  /** Parts that are in R2. */
  #parts = 0;
  /** Whether the upload's object knows it. */
  #begun = false;

  constructor(c: Context<AppContext>, facts: FileFacts) {
    this.#c = c;
    this.#facts = facts;
    this.field = facts.field;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get filename(): string {
    return this.#facts.filename;
  }

  /** Takes what comes next. */
  async write(chunk: Uint8Array): Promise<void> {
    const { maxBytes, field } = this.#facts;
    this.#bytes += chunk.length;
    if (this.#bytes > maxBytes) {
      const message = `is larger than ${maxBytes} bytes`;
      throw new AppError("too_large", `${field}: ${message}.`, { errors: [{ path: field, message }] });
    }
    let rest = chunk;
    while (rest.length > 0) {
      // A full part is written once it is known that it is not the last.
      if (this.#filled === UPLOAD_PART_BYTES) await this.#storeFullPart();
      const taken = rest.subarray(0, UPLOAD_PART_BYTES - this.#filled);
      this.#grow(this.#filled + taken.length);
      this.#buffer.set(taken, this.#filled);
      this.#filled += taken.length;
      rest = rest.subarray(taken.length);
    }
  }

  /** The file has ended: completes the upload. */
  async end(): Promise<void> {
    if (this.#bytes === 0) {
      const message = "the file is empty";
      throw new AppError("input_empty", `${this.field}: ${message}.`, { errors: [{ path: this.field, message }] });
    }
    if (!this.#begun) await this.#beginWhole();
    await this.#storePart(this.#buffer.slice(0, this.#filled));
    this.#buffer = new Uint8Array();
    unwrapUpload(await callUpload(this.#c.env, this.id, (stub) => stub.complete()));
  }

  /** Leaves nothing behind. */
  async abort(): Promise<void> {
    if (this.#begun) await callUpload(this.#c.env, this.id, (stub) => stub.abort());
  }

  #grow(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.min(Math.max(bytes, this.#buffer.length * 2), UPLOAD_PART_BYTES));
    larger.set(this.#buffer.subarray(0, this.#filled));
    this.#buffer = larger;
  }

  async #storeFullPart(): Promise<void> {
    if (!this.#begun) await this.#beginParts();
    const full = this.#buffer;
    this.#buffer = new Uint8Array(UPLOAD_PART_BYTES);
    this.#filled = 0;
    await this.#storePart(full);
  }

  async #storePart(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const partNumber = ++this.#parts;
    const part = { partNumber, bytes: bytes.length };
    const place = await callUpload(this.#c.env, this.id, (stub) => stub.admit(part));
    if (!place.ok) throw toUploadError(place);
    await storePaid(this.#c, this.id, place, { ...part, body: inOnePiece(bytes), sha256: null });
  }

  /** An upload whose size is known. */
  async #beginWhole(): Promise<void> {
    const { filename, contentType } = this.#facts;
    const made = { id: this.id, owner: this.#c.get("owner"), multipartId: null };
    const record = createUpload({ filename, contentType, bytes: this.#bytes }, made, Date.now());
    await chargeBytes(this.#c, { id: this.id, cost: this.#bytes }, async () => {
      this.#begun = true;
      await callUpload(this.#c.env, this.id, (stub) => stub.create(record));
    });
  }

  /** One whose size is known when it ends. */
  async #beginParts(): Promise<void> {
    const { filename, contentType, maxBytes } = this.#facts;
    const multipartId = await startMultipart(this.#c.env.BUCKET, uploadKey(this.id), contentType);
    const made = { id: this.id, owner: this.#c.get("owner"), multipartId };
    const open = { maxBytes, announcedBytes: null };
    const record = createOpenUpload({ filename, contentType, sha256: null }, made, open, Date.now());
    this.#begun = true;
    await callUpload(this.#c.env, this.id, (stub) => stub.create(record));
  }
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
