/**
 * As much of Kiln's uploads as the client talks to, in memory, with parts of a few bytes. `fault` says what becomes of each
 * request: it may get lost before it arrives, or its answer may.
 */
import { createHash } from "node:crypto";
import type { Upload } from "#contract/upload.ts";
import { problem } from "./fake-fetch.ts";

export const FAKE_API = "http://kiln.test";

/** What may become of a request. `stale` is a signed URL whose time is over. */
export type Fault = "lost" | "answer lost" | "unavailable" | "stale";

interface HeldUpload {
  readonly bytes: number;
  readonly filename: string;
  readonly sha256: string | undefined;
  readonly parts: Map<number, Uint8Array>;
  state: Upload["state"];
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

export class FakeUploadServer {
  readonly uploads = new Map<string, HeldUpload>();
  /** Numbers of the parts whose bytes came in, with each upload's id. */
  readonly received: string[] = [];
  readonly requests: string[] = [];
  /** The most PUTs that were under way at a time. */
  mostAtOnce = 0;
  fault: (request: string) => Fault | null = () => null;
  readonly #partBytes: number;
  #underway = 0;

  constructor(partBytes: number) {
    this.#partBytes = partBytes;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input as string, init);
    const { pathname } = new URL(request.url);
    const name = `${request.method} ${pathname}`;
    const body = new Uint8Array(await request.arrayBuffer());
    init?.signal?.throwIfAborted();
    this.requests.push(name);
    const fault = this.fault(name);
    if (fault === "lost") throw new TypeError("fetch failed");
    if (fault === "unavailable") return problem("unavailable", 503, true);
    if (fault === "stale" && request.method === "PUT") return problem("signature_invalid", 403, false);
    this.#underway += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, request.method === "PUT" ? this.#underway : 0);
    // Others get their turn while this one is under way.
    await new Promise((resolve) => setImmediate(resolve));
    this.#underway -= 1;
    init?.signal?.throwIfAborted();
    const answer = this.#answer(request, body);
    if (fault === "answer lost") throw new TypeError("fetch failed");
    return answer;
  };

  /** The whole of an upload. */
  content(id: string): string {
    const parts = [...(this.uploads.get(id)?.parts ?? [])].sort(([a], [b]) => a - b);
    return Buffer.concat(parts.map(([, bytes]) => bytes)).toString();
  }

  #answer(request: Request, body: Uint8Array): Response {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/v1/uploads") return this.#create(JSON.parse(new TextDecoder().decode(body)));
    const id = /(upl_[a-z0-9]+)/.exec(pathname)?.[1] ?? "";
    const upload = this.uploads.get(id);
    if (!upload) return problem("upload_not_found", 404, false);
    if (request.method === "PUT") return this.#take(id, upload, Number(searchParams.get("part")), body, request);
    if (request.method === "DELETE") {
      this.uploads.delete(id);
      return new Response(null, { status: 204 });
    }
    if (pathname.endsWith("/complete")) {
      if (this.#missing(upload).length > 0) return problem("upload_incomplete", 409, false);
      upload.state = "complete";
    }
    return Response.json(this.#view(id, upload));
  }

  #create({ bytes, filename, sha256 }: Pick<HeldUpload, "bytes" | "filename" | "sha256">): Response {
    const id = `upl_${String(this.uploads.size + 1).padStart(26, "0")}`;
    const upload: HeldUpload = { bytes, filename, sha256, parts: new Map(), state: "pending" };
    this.uploads.set(id, upload);
    return Response.json(this.#view(id, upload), { status: 201 });
  }

  #take(id: string, upload: HeldUpload, part: number, body: Uint8Array, request: Request): Response {
    const digest = `sha-256=:${Buffer.from(sha256(body), "hex").toString("base64")}:`;
    if (request.headers.get("Content-Digest") !== digest) return problem("checksum_mismatch", 422, true);
    upload.parts.set(part, body);
    this.received.push(`${id} ${part}`);
    return new Response(null, { status: 200 });
  }

  #missing({ bytes, parts }: HeldUpload): number[] {
    const count = Math.ceil(bytes / this.#partBytes);
    return Array.from({ length: count }, (_, i) => i + 1).filter((n) => !parts.has(n));
  }

  #view(id: string, upload: HeldUpload): Upload {
    const size = (n: number) => Math.min(this.#partBytes, upload.bytes - (n - 1) * this.#partBytes);
    const target = (partNumber: number) => ({
      partNumber,
      bytes: size(partNumber),
      url: `${FAKE_API}/files/${id}?part=${partNumber}`,
    });
    return {
      id,
      state: upload.state,
      mode: "multipart",
      filename: upload.filename,
      contentType: "application/octet-stream",
      bytes: upload.bytes,
      partBytes: this.#partBytes,
      partCount: Math.ceil(upload.bytes / this.#partBytes),
      parts: [...upload.parts].map(([partNumber, bytes]) => ({
        partNumber,
        bytes: bytes.length,
        etag: `e${partNumber}`,
        sha256: sha256(bytes),
      })),
      targets: upload.state === "pending" ? this.#missing(upload).map(target) : [],
      createdAt: 0,
      expiresAt: Date.now() + 3_600_000,
    };
  }
}
