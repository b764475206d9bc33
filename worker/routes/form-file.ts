/**
 * The file in a `multipart/form-data` body (RFC 7578), as a stream of known length, which R2 needs: the form is not kept in
 * memory. That works because the file comes last, as S3's POST object has it: what follows it is the closing boundary only,
 * so its length follows from Content-Length.
 */
import { AppError } from "../errors.ts";
import { inPieces } from "../storage/in-pieces.ts";
import { joinBytes } from "../storage/join-bytes.ts";

export interface FormFile {
  /** The fields before the file. */
  readonly fields: Readonly<Record<string, string>>;
  /** Length of the file, 1 or more. */
  readonly bytes: number;
  /** The file; throws when the form turns out to be wrong, before all bytes are out. */
  readonly body: AsyncIterable<Uint8Array>;
}

type Pieces = AsyncGenerator<Uint8Array, undefined>;

/** The fields before the file have no more bytes than this, boundaries included. */
const MAX_HEAD_BYTES = 64 * 1024;
const CRLF = "\r\n";

const wrong = (detail: string) => new AppError("invalid_request", detail);

/** Reads up to where the file begins. Nothing is read on before `body` is. */
export async function openFormFile(request: Request): Promise<FormFile> {
  const boundary = boundaryOf(request.headers.get("Content-Type") ?? "");
  const totalBytes = lengthOf(request.headers.get("Content-Length"));
  if (!request.body) throw wrong("The form is empty.");
  const pieces = inPieces(request.body);
  const { fields, fileStart, bytes: read } = await readHead(pieces, boundary);
  const trailer = new TextEncoder().encode(`${CRLF}--${boundary}--${CRLF}`);
  const fileBytes = totalBytes - fileStart - trailer.length;
  if (fileBytes < 1) throw wrong("The file is empty, or the form does not end behind it.");
  const body = fileOf(pieces, read.subarray(fileStart), { fileBytes, trailer });
  return { fields, bytes: fileBytes, body };
}

function boundaryOf(contentType: string): string {
  const match = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (!boundary) throw new AppError("unsupported_media_type", "Send the file as multipart/form-data.");
  return boundary;
}

function lengthOf(header: string | null): number {
  if (header === null || !/^\d{1,15}$/.test(header))
    throw new AppError("length_required", "Send the form with Content-Length.");
  return Number(header);
}

/** Reads until the file's first byte could be there. */
async function readHead(pieces: Pieces, boundary: string) {
  let bytes: Uint8Array = new Uint8Array();
  for (;;) {
    const head = parseHead(bytes, boundary);
    if (head) return { ...head, bytes };
    if (bytes.length > MAX_HEAD_BYTES)
      throw wrong(`The form's fields before the file are longer than ${MAX_HEAD_BYTES} bytes.`);
    const { value, done } = await pieces.next();
    if (done) throw wrong("The form has no field `file`, or breaks off before it.");
    bytes = joinBytes(bytes, value);
  }
}

/** The fields and where the file begins; null when more must be read. */
function parseHead(bytes: Uint8Array, boundary: string): { fields: Record<string, string>; fileStart: number } | null {
  // One character for each byte, so that places in the text are places in the bytes.
  const text = latin1(bytes.subarray(0, MAX_HEAD_BYTES));
  const delimiter = `${CRLF}--${boundary}`;
  const fields: Record<string, string> = {};
  if (!text.startsWith(`--${boundary}${CRLF}`)) {
    if (text.length > boundary.length + 4) throw wrong("The form does not begin with its boundary.");
    return null;
  }
  let place = boundary.length + 4;
  for (;;) {
    const headersEnd = text.indexOf(CRLF + CRLF, place);
    if (headersEnd === -1) return null;
    const name = /^content-disposition:[^\r\n]*?[;\s]name="([^"\r\n]*)"/im.exec(text.slice(place, headersEnd))?.[1];
    if (name === undefined) throw wrong("A field of the form has no name.");
    const start = headersEnd + 4;
    if (name === "file") return { fields, fileStart: start };
    const end = text.indexOf(delimiter, start);
    if (end === -1) return null;
    fields[name] = new TextDecoder().decode(bytes.subarray(start, end));
    place = end + delimiter.length + CRLF.length;
    if (text.slice(end + delimiter.length, place) === "--") throw wrong("The form has no field `file`.");
  }
}

/** The `fileBytes` bytes of the file. The last piece waits until the form is known to end behind it. */
async function* fileOf(
  pieces: Pieces,
  first: Uint8Array,
  { fileBytes, trailer }: { fileBytes: number; trailer: Uint8Array },
): AsyncGenerator<Uint8Array> {
  // Without the closing dashes: any boundary in the file means that another field follows it.
  const delimiter = trailer.subarray(0, trailer.length - 4);
  let left = fileBytes;
  let seen: Uint8Array = new Uint8Array();
  for (let chunk = first; ; ) {
    const piece = chunk.subarray(0, left);
    left -= piece.length;
    if (includes(joinBytes(seen, piece.subarray(0, delimiter.length)), delimiter) || includes(piece, delimiter))
      throw wrong("`file` must be the last field of the form.");
    seen = joinBytes(seen, piece.subarray(-delimiter.length)).subarray(-(delimiter.length - 1));
    if (left === 0) await checkTrailer(pieces, chunk.subarray(piece.length), trailer);
    if (piece.length > 0) yield piece;
    if (left === 0) return;
    const { value, done } = await pieces.next();
    if (done) throw wrong("The form breaks off within the file.");
    chunk = value;
  }
}

async function checkTrailer(pieces: Pieces, first: Uint8Array, trailer: Uint8Array): Promise<void> {
  let rest = first;
  while (rest.length < trailer.length) {
    const { value, done } = await pieces.next();
    if (done) break;
    rest = joinBytes(rest, value);
  }
  if (latin1(rest) !== latin1(trailer))
    throw wrong("`file` must be the last field of the form, which ends with its closing boundary and a line break.");
}

function includes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  const [first] = wanted as unknown as [number];
  for (let at = bytes.indexOf(first); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return text;
}
