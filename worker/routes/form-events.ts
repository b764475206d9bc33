/**
 * A `multipart/form-data` body (RFC 7578) as what comes in, piece by piece: nothing is kept but the field at hand and what the
 * network has brought. Read by multipasta.
 */
import { decodeField, type MultipartError, make, type PartInfo } from "multipasta";
import { MAX_FORM_BYTES, MAX_FORM_FIELD_BYTES, MAX_FORM_FIELDS } from "#contract/limits.ts";
import { AppError } from "../errors.ts";
import { joinBytes } from "../storage/join-bytes.ts";
import { invalidRequest, isCarriable } from "./request-parsing.ts";

export type FormEvent =
  | { readonly kind: "field"; readonly name: string; readonly text: string }
  | { readonly kind: "file"; readonly name: string; readonly filename: string; readonly contentType: string }
  /** Of the file that came last. */
  | { readonly kind: "chunk"; readonly bytes: Uint8Array }
  | { readonly kind: "fileEnd" };

/** Longest end of a piece that waits for the next one: no boundary is longer. */
const MAX_HELD_BYTES = 128;
const DASH = 0x2d;

/** Everything in the form, in its order. What was not read of the body is let go of when the reader stops. */
export async function* readForm(request: Request): AsyncGenerator<FormEvent, void, undefined> {
  if (!request.body) throw wrongForm("is empty");
  const queue: FormEvent[] = [];
  const state: { failure: AppError | null; done: boolean } = { failure: null, done: false };
  const parser = make({
    headers: { "content-type": request.headers.get("Content-Type") ?? "" },
    maxParts: MAX_FORM_FIELDS,
    maxTotalSize: MAX_FORM_BYTES,
    maxFieldSize: MAX_FORM_FIELD_BYTES,
    isFile: ({ filename }) => filename !== undefined,
    onField: (info, value) => queue.push({ kind: "field", name: info.name, text: decodeField(info, value) }),
    onFile: (info) => {
      queue.push(toFile(info));
      return (bytes) => queue.push(bytes === null ? { kind: "fileEnd" } : { kind: "chunk", bytes });
    },
    onError: (error) => {
      state.failure ??= toAppError(error);
    },
    onDone: () => {
      state.done = true;
    },
  });
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  try {
    let held: Uint8Array = new Uint8Array();
    while (!state.done) {
      const { value, done } = await reader.read();
      const bytes = done ? held : joinBytes(held, value);
      // The parser looks for the two dashes behind the last boundary in one piece only.
      const end = done ? bytes.length : bytes.length - dashesAtEnd(bytes);
      held = bytes.subarray(end);
      feed(() => parser.write(bytes.subarray(0, end)));
      if (done) feed(() => parser.end());
      if (state.failure) throw state.failure;
      yield* queue.splice(0);
      if (done && !state.done) throw wrongForm("breaks off before its closing boundary");
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function feed(action: () => void): void {
  try {
    action();
  } catch {
    // A file name that is not encoded as it says, or holds what none may.
    throw wrongForm("has a field whose headers can't be read");
  }
}

function toFile({ name, filename = "", contentType }: PartInfo): FormEvent {
  if (!isCarriable(filename)) throw wrongForm("has a file name with a NUL character");
  return { kind: "file", name, filename, contentType };
}

function toAppError(error: MultipartError): AppError {
  switch (error._tag) {
    case "InvalidBoundary":
      return wrongForm("has no boundary in its Content-Type");
    case "BadHeaders":
    case "InvalidDisposition":
      return wrongForm("has a field whose headers can't be read");
    case "EndNotReached":
      return wrongForm("breaks off before its closing boundary");
    case "ReachedLimit":
      if (error.limit === "MaxParts") return tooLarge(`The form has more than ${MAX_FORM_FIELDS} fields.`);
      if (error.limit === "MaxFieldSize")
        return tooLarge(`A field that is no file has more than ${MAX_FORM_FIELD_BYTES} bytes.`);
      return tooLarge(`The form has more than ${MAX_FORM_BYTES} bytes. Upload the files with POST /v1/uploads.`);
  }
}

const tooLarge = (detail: string) => new AppError("too_large", detail);
const wrongForm = (message: string) => invalidRequest([{ path: "form", message }]);

function dashesAtEnd(bytes: Uint8Array): number {
  let count = 0;
  while (count < Math.min(bytes.length, MAX_HELD_BYTES) && bytes[bytes.length - 1 - count] === DASH) count++;
  return count;
}
