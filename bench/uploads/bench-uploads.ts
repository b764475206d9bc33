/**
 * `npm run bench -- uploads [--files 6] [--mb 100] [--only form]`: memory of the local Worker while so many files come in at once, each way
 * there is: Kiln's parts, Uppy's parts, Uppy's form. The process is workerd with the Worker and the simulated R2 in it, so what
 * is printed is more than the Worker alone. Exit code 1 when it grows by more than 64 MB for each file on its way: a file that is
 * kept anywhere would be more.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Kiln } from "#client/kiln.ts";
import { startStack } from "../../scripts/stack/stack.ts";
import { residentMemory, workerdOf } from "./workerd-memory.ts";

const MAX_BYTES_PER_FILE = 64e6;
/** As large as there are: 5 GB. */
const ANY_SIZE = { ANON_MAX_UPLOAD_BYTES: "0" };
const UPPY_PART_BYTES = 5 * 1024 * 1024;

type Send = (api: string, file: Blob) => Promise<void>;

/** What a way of sending costs: the most memory since the Worker was started, above what it had at rest. */
interface UploadMemory {
  readonly way: string;
  readonly restBytes: number;
  readonly peakBytes: number;
  readonly seconds: number;
}

async function read<T>(answer: Promise<Response>): Promise<T> {
  const response = await answer;
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

const WAYS: Readonly<Record<string, Send>> = {
  "Kiln's client, parts of 8 MiB": async (api, file) => {
    await new Kiln({ api }).upload(file, { filename: "a.bin" });
  },
  "Uppy, parts of 5 MiB": async (api, file) => {
    const json = (body: unknown) => ({
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json" },
    });
    const { key } = await read<{ key: string }>(fetch(`${api}/s3/multipart`, json({ filename: "a.bin" })));
    const parts: { PartNumber: number; ETag: string }[] = [];
    for (let at = 0; at < file.size; at += UPPY_PART_BYTES) {
      const path = `${api}/s3/multipart/${key}/${parts.length + 1}?key=${key}`;
      const { url } = await read<{ url: string }>(fetch(path));
      const put = await fetch(url, { method: "PUT", body: file.slice(at, at + UPPY_PART_BYTES) });
      if (!put.ok) throw new Error(await put.text());
      parts.push({ PartNumber: parts.length + 1, ETag: put.headers.get("ETag") as string });
    }
    await read(fetch(`${api}/s3/multipart/${key}/complete?key=${key}`, json({ parts })));
  },
  "Uppy, one form": async (api, file) => {
    const query = "filename=a.bin";
    const { url, fields } = await read<{ url: string; fields: { key: string } }>(fetch(`${api}/s3/params?${query}`));
    const form = new FormData();
    form.set("key", fields.key);
    form.set("file", file);
    const posted = await fetch(url, { method: "POST", body: form });
    if (!posted.ok) throw new Error(await posted.text());
  },
};

interface Load {
  readonly files: number;
  readonly fileBytes: number;
}

async function measure(way: string, send: Send, { files, fileBytes }: Load): Promise<UploadMemory> {
  const folder = await mkdtemp(join(tmpdir(), "kiln-bench-uploads-"));
  const stack = await startStack({ port: 0, stateDir: folder, runners: 0, site: false, workerVariables: ANY_SIZE });
  try {
    const file = new Blob([randomBytes(fileBytes)]);
    await send(stack.url, file.slice(0, 6 * 1024 * 1024));
    const pid = await workerdOf(process.pid);
    const { nowBytes: restBytes } = await residentMemory(pid);
    const begun = performance.now();
    await Promise.all(Array.from({ length: files }, () => send(stack.url, file)));
    const seconds = (performance.now() - begun) / 1000;
    return { way, restBytes, peakBytes: (await residentMemory(pid)).peakBytes, seconds };
  } finally {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

/** Prints one line for each way; 0 when memory stays within its bound. */
export async function benchUploads(args: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args, options: { files: text, mb: text, only: text } });
  const load = { files: Number(values.files ?? 6), fileBytes: Number(values.mb ?? 100) * 1e6 };
  if (!(load.files >= 1 && load.fileBytes >= 1e7)) throw new Error("--files takes 1 or more, --mb 10 or more");
  console.log(`${load.files} files of ${mb(load.fileBytes)} at once; memory of workerd, simulated R2 included`);
  let isWithin = true;
  for (const [way, send] of Object.entries(WAYS).filter(([name]) => name.includes(values.only ?? ""))) {
    const { restBytes, peakBytes, seconds } = await measure(way, send, load);
    const perFile = (peakBytes - restBytes) / load.files;
    isWithin &&= perFile <= MAX_BYTES_PER_FILE;
    const figures = `${mb(restBytes)} at rest, ${mb(peakBytes)} at most: ${mb(perFile)} for each file`;
    console.log(`${perFile <= MAX_BYTES_PER_FILE ? "PASS" : "FAIL"} ${way}: ${figures}; ${seconds.toFixed(1)} s`);
  }
  return isWithin ? 0 : 1;
}
