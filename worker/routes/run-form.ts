/**
 * What a one-shot call brings: files and parameters in one form, or a single file as the body. The files become uploads
 * while they come in; when something is wrong with the rest, they are aborted.
 */
import type { Context } from "hono";
import { isAccepted, type JobTypeDefinition } from "#contract/job-types/job-type.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import { MAX_FILENAME_BYTES, MAX_INPUTS } from "#contract/limits.ts";
import { readParamText, type TextParamSchema } from "#contract/param-text.ts";
import type { FieldError } from "#contract/problem.ts";
import { createJobRequestSchema } from "#contract/public-api.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { readForm } from "./form-events.ts";
import { IncomingFile } from "./incoming-file.ts";
import type { Submission } from "./job-submission.ts";
import { checkTexts, invalidRequest, parseWith } from "./request-parsing.ts";
import { uploadLimit } from "./upload-limit.ts";

/** What was sent, as a submission. */
export interface RunRequest {
  readonly submission: Submission;
  /** Leaves nothing of the files behind. */
  abort(): Promise<void>;
}

type Input = { upload: string; role?: string } | { url: string; role?: string };

/** Reads the body. Throws an AppError that names the wrong field, and nothing is left then. */
export async function readRunRequest(c: Context<AppContext>, type: JobTypeDefinition): Promise<RunRequest> {
  const files: IncomingFile[] = [];
  const abort = async () => {
    // What can't be aborted now goes with the upload's time; the caller is told what was wrong with the request.
    await Promise.allSettled(files.map((file) => file.abort()));
  };
  try {
    const submission = await readSubmission(c, type, files);
    return { submission, abort };
  } catch (error) {
    await abort();
    throw error;
  }
}

function readSubmission(
  c: Context<AppContext>,
  type: JobTypeDefinition,
  files: IncomingFile[],
): Promise<Submission> | Submission {
  const contentType = (c.req.header("Content-Type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (contentType === "multipart/form-data") return new RunForm(c, type, files).read();
  const isFile = contentType !== "application/x-www-form-urlencoded" && isAccepted(type.inputs.accept, contentType);
  if (contentType !== "" && isFile) return readBodyFile(c, type, contentType, files);
  throw new AppError(
    "unsupported_media_type",
    `Send the files and parameters as multipart/form-data (curl -F file=@NAME), or one file as the body with its own type: ${type.inputs.accept.join(", ")}.`,
  );
}

/** The body is the one file. */
async function readBodyFile(
  c: Context<AppContext>,
  type: JobTypeDefinition,
  contentType: string,
  files: IncomingFile[],
): Promise<Submission> {
  const maxBytes = Math.min(type.inputs.maxBytes, uploadLimit(c));
  const file = new IncomingFile(c, { field: "body", filename: "file", contentType, maxBytes });
  files.push(file);
  for await (const chunk of c.req.raw.body ?? []) await file.write(chunk);
  await file.end();
  return { type: type.name, params: {}, inputs: [{ upload: file.id }], policy: {} };
}

class RunForm {
  readonly #c: Context<AppContext>;
  readonly #type: JobTypeDefinition;
  readonly #files: IncomingFile[];
  readonly #schemas: Readonly<Record<string, TextParamSchema>>;
  readonly #inputs: Input[] = [];
  /** Texts given for parameters, by name. */
  readonly #texts = new Map<string, string[]>();
  /** What is given as JSON or as a name, once each. */
  readonly #rest: Record<string, unknown> = {};

  constructor(c: Context<AppContext>, type: JobTypeDefinition, files: IncomingFile[]) {
    this.#c = c;
    this.#type = type;
    this.#files = files;
    this.#schemas = (describeJobType(type).paramsSchema.properties ?? {}) as Record<string, TextParamSchema>;
  }

  async read(): Promise<Submission> {
    let file: IncomingFile | null = null;
    for await (const event of readForm(this.#c.req.raw)) {
      switch (event.kind) {
        case "field":
          this.#takeField(event.name, event.text);
          break;
        case "file":
          file = this.#openFile(event);
          break;
        case "chunk":
          await file?.write(event.bytes);
          break;
        case "fileEnd":
          if (file) await this.#closeFile(file);
          file = null;
      }
    }
    const { preset, policy = {}, params = {} } = this.#rest;
    const request = { type: this.#type.name, preset, policy, params: this.#readParams(params), inputs: this.#inputs };
    return parseWith(createJobRequestSchema, request);
  }

  #takeField(name: string, text: string): void {
    checkTexts({ [name]: text });
    if (Object.hasOwn(this.#schemas, name)) {
      this.#texts.set(name, [...(this.#texts.get(name) ?? []), text]);
      return;
    }
    const [kind = "", role] = splitRole(name);
    if (kind === "url") {
      this.#addInput(name, { url: text, ...(role === undefined ? {} : { role }) });
      return;
    }
    if (kind === "file") throw wrong(name, "is text: send it as a file, with curl as -F file=@NAME");
    if (name !== "preset" && name !== "params" && name !== "policy") throw wrong(name, this.#unknown());
    if (Object.hasOwn(this.#rest, name)) throw wrong(name, "is given more than once");
    this.#rest[name] = name === "preset" ? text : parseJson(name, text);
    checkTexts({ [name]: this.#rest[name] });
  }

  #openFile({ name, filename, contentType }: { name: string; filename: string; contentType: string }): IncomingFile {
    const [kind] = splitRole(name);
    if (kind !== "file") {
      const isParam = Object.hasOwn(this.#schemas, name) || name in this.#rest;
      throw wrong(name, isParam ? "must be text, not a file" : this.#unknown());
    }
    if (new TextEncoder().encode(filename).length > MAX_FILENAME_BYTES)
      throw wrong(name, `has a file name of more than ${MAX_FILENAME_BYTES} bytes`);
    const maxBytes = Math.min(this.#type.inputs.maxBytes, uploadLimit(this.#c));
    const type = /^[\w.+-]+\/[\w.+-]+$/.test(contentType) ? contentType.slice(0, 128) : "application/octet-stream";
    const facts = { field: name, filename: filename || "file", contentType: type, maxBytes };
    const file = new IncomingFile(this.#c, facts);
    // A browser sends a field in which nothing was chosen as an empty file without a name.
    if (filename !== "") this.#files.push(file);
    return file;
  }

  async #closeFile(file: IncomingFile): Promise<void> {
    if (!this.#files.includes(file)) {
      if (file.bytes === 0) return;
      this.#files.push(file);
    }
    await file.end();
    const [, role] = splitRole(file.field);
    this.#addInput(file.field, { upload: file.id, ...(role === undefined ? {} : { role }) });
  }

  #addInput(field: string, input: Input): void {
    if (this.#inputs.length === MAX_INPUTS)
      throw wrong(field, `is one input too many: a job has ${MAX_INPUTS} at most`);
    this.#inputs.push(input);
  }

  #readParams(given: unknown): Record<string, unknown> {
    if (given === null || typeof given !== "object" || Array.isArray(given))
      throw wrong("params", "must be a JSON object");
    const params: Record<string, unknown> = { ...given };
    const errors: FieldError[] = [];
    for (const [name, texts] of this.#texts) {
      const read = readParamText(this.#schemas[name] as TextParamSchema, texts);
      if (!read.ok) errors.push({ path: name, message: read.message });
      else if (Object.hasOwn(params, name)) errors.push({ path: name, message: "is given in params as well" });
      else params[name] = read.value;
    }
    if (errors.length > 0) throw invalidRequest(errors);
    return params;
  }

  #unknown(): string {
    const roles = (this.#type.inputs.roles ?? []).flatMap(({ name }) => [`file.${name}`, `url.${name}`]);
    const known = ["file", "url", ...roles, "params", "preset", "policy", ...Object.keys(this.#schemas)];
    return `is not known. ${this.#type.name} has: ${known.join(", ")}`;
  }
}

/** `file.font` → `file`, `font`. */
function splitRole(name: string): [string, string?] {
  const dot = name.indexOf(".");
  return dot === -1 ? [name] : [name.slice(0, dot), name.slice(dot + 1)];
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong(path, "is not valid JSON");
  }
}

const wrong = (path: string, message: string) => invalidRequest([{ path: path.slice(0, 100), message }]);
