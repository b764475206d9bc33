/**
 * Request `unpack`: the pictures of a zip, each under a generated name. The directory is checked before anything is
 * unpacked: names that lead out of the archive, encryption, and sizes that mean a bomb. What is unpacked may not become
 * larger than the directory says. Files that are no pictures of the wanted types are left out and named.
 */
import { createWriteStream } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { readSignature, SIGNATURE_BYTES } from "#contract/file-signature.ts";
import { PICTURE_TYPES } from "#contract/job-types/picture.ts";
import { MAX_PICTURES, MAX_UNPACKED_BYTES, MAX_UPLOAD_BYTES, MAX_ZIP_RATIO } from "#contract/limits.ts";
import { JobFailure } from "../../../process/job-failure.ts";

export interface UnpackRequest {
  readonly path: string;
  /** What the user called the zip, for messages. */
  readonly filename: string;
  /** An existing folder of its own. */
  readonly toDir: string;
  /** Media types that are taken, told by a file's first bytes; without it those of pictures that all job types read. */
  readonly types?: readonly string[];
}

export interface UnpackedPicture {
  /** Path inside the zip, with `/`. Only for showing and for naming results; never a path on this machine. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

export interface UnpackResult {
  /** In the order of the zip. */
  readonly pictures: readonly UnpackedPicture[];
  /** Names of files that are no pictures; what systems leave in zips by themselves is not named. */
  readonly skipped: readonly string[];
}

/** Entries that may be looked at; a zip with more is not one of pictures. */
const MAX_ENTRIES = 10 * MAX_PICTURES;
/** A flat picture packs well: only from this size on a high ratio means a bomb. */
const RATIO_FROM_BYTES = 10_000_000;
const ENCRYPTED = 0x1;
const STORED = 0;
const DEFLATED = 8;
/** What macOS and Windows put into zips beside the user's files. */
const SYSTEM_FILES = /(^|\/)(__MACOSX\/|\.|Thumbs\.db$|desktop\.ini$)/i;

/** Unpacks the pictures of a zip into `toDir`. Throws a JobFailure input_invalid or input_too_large and leaves nothing there then. */
export async function unpackZip(
  { path, filename, toDir, types = PICTURE_TYPES }: UnpackRequest,
  onProgress: (fraction: number) => void = () => {},
): Promise<UnpackResult> {
  try {
    const zip = await openPromise(path, { autoClose: false, validateEntrySizes: true });
    try {
      const entries = checkEntries(await readEntries(zip, filename), filename);
      return await unpackEntries(zip, entries, { toDir, types }, onProgress);
    } finally {
      zip.close();
    }
  } catch (error) {
    for (const name of await readdir(toDir)) await rm(join(toDir, name), { force: true });
    throw error instanceof JobFailure ? error : unreadable(filename, error);
  }
}

async function readEntries(zip: ZipFile, filename: string): Promise<Entry[]> {
  if (zip.entryCount > MAX_ENTRIES) {
    throw new JobFailure("input_too_large", `${filename} holds ${zip.entryCount} files. Split it into smaller zips.`);
  }
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  return entries;
}

/** The files among the entries, once each of them may be unpacked. */
function checkEntries(entries: readonly Entry[], filename: string): Entry[] {
  const files = entries.filter(({ fileName }) => !fileName.endsWith("/") && !SYSTEM_FILES.test(fileName));
  let total = 0;
  for (const { fileName, uncompressedSize, compressedSize, generalPurposeBitFlag, compressionMethod } of files) {
    if (generalPurposeBitFlag & ENCRYPTED) {
      throw new JobFailure("input_invalid", `${filename} has a password. Zip the pictures without one.`);
    }
    if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
      throw new JobFailure("input_invalid", `${filename} is packed in a way that is not read. Make a plain zip.`);
    }
    const isBomb = uncompressedSize > RATIO_FROM_BYTES && uncompressedSize > MAX_ZIP_RATIO * compressedSize;
    if (uncompressedSize > MAX_UPLOAD_BYTES || isBomb) {
      throw new JobFailure(
        "input_too_large",
        `${fileName} in ${filename} would unpack to ${uncompressedSize} bytes; at most ${MAX_UPLOAD_BYTES} a file can be taken, and no more than ${MAX_ZIP_RATIO} times its packed size.`,
      );
    }
    total += uncompressedSize;
  }
  if (total > MAX_UNPACKED_BYTES) {
    throw new JobFailure(
      "input_too_large",
      `${filename} would unpack to ${total} bytes; at most ${MAX_UNPACKED_BYTES} can be taken. Split it into smaller zips.`,
    );
  }
  return files;
}

async function unpackEntries(
  zip: ZipFile,
  entries: readonly Entry[],
  { toDir, types }: { readonly toDir: string; readonly types: readonly string[] },
  onProgress: (fraction: number) => void,
): Promise<UnpackResult> {
  const pictures: UnpackedPicture[] = [];
  const skipped: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const path = join(toDir, `${String(pictures.length + 1).padStart(6, "0")}.bin`);
    const isPicture = await unpackPicture(await zip.openReadStreamPromise(entry), path, types);
    if (!isPicture) skipped.push(entry.fileName);
    else pictures.push({ name: entry.fileName, path, bytes: entry.uncompressedSize });
    if (pictures.length > MAX_PICTURES) {
      throw new JobFailure("input_too_large", `There are more than ${MAX_PICTURES} pictures in the zip. Split it.`);
    }
    onProgress((index + 1) / entries.length);
  }
  return { pictures, skipped };
}

/** Writes the stream to `path` if it begins like a picture of the wanted types; else it is dropped unread. */
async function unpackPicture(stream: Readable, path: string, types: readonly string[]): Promise<boolean> {
  const start: Buffer[] = [];
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    start.push(chunk as Buffer);
    if (start.reduce((sum, { length }) => sum + length, 0) >= SIGNATURE_BYTES) break;
  }
  const head = Buffer.concat(start);
  const type = readSignature(head.subarray(0, SIGNATURE_BYTES))?.type;
  if (type === undefined || !types.includes(type)) {
    stream.destroy();
    return false;
  }
  const file = createWriteStream(path, { mode: 0o600 });
  file.write(head);
  if (stream.readableEnded) {
    await new Promise<void>((resolve, reject) => {
      file.on("error", reject);
      file.end(resolve);
    });
  } else {
    await pipeline(stream, file);
  }
  return true;
}

function unreadable(filename: string, cause: unknown): JobFailure {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/relative path|absolute path|invalid characters/i.test(message)) {
    return new JobFailure(
      "input_invalid",
      `${filename} holds a file name that leads out of the zip. Make a new zip of the pictures.`,
      { cause },
    );
  }
  return new JobFailure(
    "input_invalid",
    `${filename} is no zip that can be read: damaged or cut off. Make a new one.`,
    {
      cause,
    },
  );
}
