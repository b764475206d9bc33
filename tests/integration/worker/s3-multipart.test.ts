/** Uploads in Uppy's protocol, and what both protocols refuse, on real R2. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { MAX_UPLOAD_BYTES, MIN_PART_BYTES, UPLOAD_PART_BYTES, UPLOAD_TTL_S } from "#contract/limits.ts";
import type { Upload } from "#contract/upload.ts";
import type { Env } from "../../../worker/env.ts";
import { undisturbed } from "../../helpers/faulty.ts";
import { filled, type Headers, UppyUpload } from "../../helpers/uppy-calls.ts";
import { API_KEY, call, ORIGIN, post, problemOf, put, sha256, storedKeys } from "../../helpers/worker-api.ts";

const { BUCKET, UPLOADS } = env as unknown as Env;
const TAIL_BYTES = 7;

/** The S3 POST of Uppy for a small file. */
async function postForm(
  content: string,
  query: string,
  shape: { url?: string; fields?: [string, string][]; after?: [string, string] } = {},
): Promise<Response> {
  const params = (await (await call(`/s3/params?${query}`)).json()) as { url: string; fields: { key: string } };
  const form = new FormData();
  for (const [name, value] of shape.fields ?? [["key", params.fields.key]]) form.set(name, value);
  form.set("file", new Blob([content]), "a.txt");
  if (shape.after) form.set(...shape.after);
  return sendForm(shape.url ?? params.url, form);
}

/** As browsers send forms: with a Content-Length, and a line break at the end, which workerd leaves out. */
async function sendForm(url: string, form: FormData): Promise<Response> {
  const request = new Request(ORIGIN, { method: "POST", body: form });
  const headers = { "Content-Type": request.headers.get("Content-Type") as string };
  const body = await new Blob([await request.arrayBuffer(), "\r\n"]).arrayBuffer();
  return call(url, { method: "POST", body, headers: { ...headers, "Content-Length": String(body.byteLength) } });
}

describe("an upload in parts, as Uppy makes it", () => {
  it("lists what has come in, is completed twice, and is an input of a job", async () => {
    const upload = await UppyUpload.begin();
    const first = await upload.part(1, filled(MIN_PART_BYTES, 1));
    expect(await upload.list()).toEqual([{ PartNumber: 1, Size: MIN_PART_BYTES, ETag: first.replaceAll('"', "") }]);
    const parts = [
      { PartNumber: 1, ETag: first },
      { PartNumber: 2, ETag: await upload.part(2, filled(TAIL_BYTES, 2)) },
    ];
    for (let i = 0; i < 2; i++) {
      const completed = await upload.complete(parts);
      expect([completed.status, await completed.json()]).toEqual([
        200,
        { location: `${ORIGIN}/files/uploads/${upload.id}`, key: upload.id },
      ]);
    }
    const seen = (await (await call(`/v1/uploads/${upload.id}`)).json()) as Upload;
    expect(seen).toMatchObject({ state: "complete", bytes: MIN_PART_BYTES + TAIL_BYTES, contentType: "video/mp4" });
    expect(seen).toMatchObject({ mode: "multipart", partBytes: MIN_PART_BYTES, partCount: 2, targets: [] });
    const job = await post("/v1/jobs", { type: "echo", inputs: [{ upload: upload.id }] });
    expect(job.status).toBe(202);
  });

  it("of one part is named by its content like a file that came in one piece", async () => {
    const upload = await UppyUpload.begin();
    await upload.complete([{ PartNumber: 1, ETag: await upload.part(1, filled(TAIL_BYTES, 1)) }]);
    const stub = UPLOADS.get(UPLOADS.idFromName(upload.id)) as unknown as { read(): Promise<unknown> };
    const hash = `sha256:${await sha256(filled(TAIL_BYTES, 1))}`;
    expect(await undisturbed(() => stub.read())).toMatchObject({ content: { hash } });
  });

  it("is checked against the SHA-256 and the size that the page has told", async () => {
    const right = await UppyUpload.begin({ bytes: 3, sha256: await sha256("abc") });
    const wrong = await UppyUpload.begin({ sha256: await sha256("abd") });
    const statuses = [];
    for (const upload of [right, wrong])
      statuses.push(
        (await upload.complete([{ PartNumber: 1, ETag: await upload.part(1, new TextEncoder().encode("abc")) }]))
          .status,
      );
    expect(statuses).toEqual([200, 422]);
    expect(await storedKeys()).toEqual([`uploads/${right.id}`]);
    const tooLarge = { filename: "a", metadata: { bytes: MAX_UPLOAD_BYTES + 1 } };
    expect((await problemOf(await post("/s3/multipart", tooLarge))).errors?.[0]?.path).toBe("metadata.bytes");
  });

  it("is its owner's: for everybody else there is none", async () => {
    const upload = await UppyUpload.begin({}, { "X-API-Key": API_KEY });
    for (const path of [upload.path(), upload.path("/1")])
      expect((await problemOf(await call(path))).code).toBe("upload_not_found");
    expect(
      (await problemOf(await post(upload.path("/complete"), { parts: [{ PartNumber: 1, ETag: "x" }] }))).status,
    ).toBe(404);
    expect((await call(upload.path(), { method: "DELETE" })).status).toBe(404);
    expect((await upload.abort()).status).toBe(200);
  });

  it("goes with its parts when nobody completes it", async () => {
    const upload = await UppyUpload.begin();
    const url = await upload.url(1);
    const etag = await upload.part(1, filled(MIN_PART_BYTES, 1));
    const stub = UPLOADS.get(UPLOADS.idFromName(upload.id)) as unknown as { read(): Promise<{ multipartId: string }> };
    const { multipartId } = await undisturbed(() => stub.read());
    const stored = BUCKET.resumeMultipartUpload(`uploads/${upload.id}`, multipartId);
    vi.useFakeTimers({ now: Date.now() + UPLOAD_TTL_S * 1000 + 1, toFake: ["Date"] });
    await runDurableObjectAlarm(stub as unknown as DurableObjectStub);
    vi.useRealTimers();
    expect((await problemOf(await upload.complete([{ PartNumber: 1, ETag: etag }]))).code).toBe("gone");
    expect((await problemOf(await put(url, "x"))).code).toBe("gone");
    // R2 does not know the parts any more.
    await expect(stored.uploadPart(1, "x")).rejects.toThrow(/10024|not exist/);
  });
});

describe("an upload in one form, as Uppy makes it", () => {
  it("is complete at once, and can be posted again when the answer was lost", async () => {
    const params = (await (await call("/s3/params?filename=a.txt&type=text/plain&metadata[name]=a.txt")).json()) as {
      url: string;
      fields: { key: string };
    };
    const { key } = params.fields;
    for (let i = 0; i < 2; i++) {
      const posted = await postForm("hello\r\n--", "filename=x", { url: params.url, fields: [["key", key]] });
      expect([posted.status, posted.headers.get("Location")]).toEqual([201, `${ORIGIN}/files/uploads/${key}`]);
    }
    const other = await postForm("other", "filename=x", { url: params.url, fields: [["key", key]] });
    expect((await problemOf(other)).code).toBe("upload_conflict");
    const upload = (await (await call(`/v1/uploads/${key}`)).json()) as Upload;
    expect(upload).toMatchObject({ state: "complete", mode: "single", bytes: 9, contentType: "text/plain" });
    expect(await undisturbed(async () => (await BUCKET.get(`uploads/${key}`))?.text())).toBe("hello\r\n--");
  });

  it("that is large streams through, and its bytes are the same", async () => {
    const content = Array.from({ length: 20_000 }, (_, i) => `${i}\r\n--not the boundary\r\n`).join("");
    const posted = await postForm(content, "filename=x");
    const key = (posted.headers.get("Location") as string).split("/files/")[1] as string;
    expect(await undisturbed(async () => (await BUCKET.get(key))?.text())).toBe(content);
  });

  it.each([
    ["an announced size that is not met", { query: "metadata[bytes]=4" }, 413],
    ["an announced size that is not reached", { query: "metadata[bytes]=6" }, 409],
    ["a wrong SHA-256", { query: `metadata[sha256]=${"0".repeat(64)}` }, 422],
    ["a field behind the file", { after: ["x", "1"] as [string, string] }, 400],
    ["another key", { fields: [["key", "upl_00000000000000000000000000"]] as [string, string][] }, 400],
    ["no key", { fields: [] as [string, string][] }, 400],
    ["an empty file", { content: "" }, 400],
  ])("is refused with %s and leaves nothing usable", async (_title, shape, status) => {
    const { query = "", content = "hello", ...rest } = shape as { query?: string; content?: string };
    const refused = await postForm(content, `filename=x&${query}`, rest);
    expect((await problemOf(refused)).status).toBe(status);
  });
});

/** One upload of two parts in either protocol: 2 parts, the last one short. */
interface Sender {
  readonly id: string;
  readonly full: number;
  url(partNumber: number): Promise<string>;
  complete(etags: readonly string[]): Promise<Response>;
  abort(): Promise<Response>;
}

async function kilnSender(): Promise<Sender> {
  const full = UPLOAD_PART_BYTES;
  const { id, targets } = (await (
    await post("/v1/uploads", { filename: "a", bytes: full + TAIL_BYTES })
  ).json()) as Upload;
  return {
    id,
    full,
    url: async (partNumber) => targets[partNumber - 1]?.url as string,
    complete: () => post(`/v1/uploads/${id}/complete`, {}),
    abort: () => call(`/v1/uploads/${id}`, { method: "DELETE" }),
  };
}

async function uppySender(): Promise<Sender> {
  const full = MIN_PART_BYTES;
  const upload = await UppyUpload.begin({ bytes: full + TAIL_BYTES });
  return {
    id: upload.id,
    full,
    url: (partNumber) => upload.url(partNumber),
    complete: (etags) => upload.complete(etags.map((ETag, i) => ({ PartNumber: i + 1, ETag }))),
    abort: () => upload.abort(),
  };
}

/** A PUT without Content-Length: through a transform the length is not known. */
async function putChunked(url: string): Promise<Response> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const answer = await call(url, { method: "PUT", body: readable });
  await writable.abort();
  return answer;
}

const send = (url: string, bytes: Uint8Array, headers: Headers) =>
  call(url, { method: "PUT", body: bytes, headers: { "Content-Length": String(bytes.byteLength), ...headers } });

type Case = readonly [title: string, code: string, act: (sender: Sender) => Promise<Response>];

const cases: readonly Case[] = [
  [
    "one byte too many",
    "too_large",
    async (s) => {
      await put(await s.url(1), filled(s.full, 1));
      return put(await s.url(2), filled(TAIL_BYTES + 1, 2));
    },
  ],
  ["no Content-Length", "length_required", async (s) => putChunked(await s.url(1))],
  ["an empty part", "invalid_request", async (s) => put(await s.url(2), "")],
  [
    "a Content-Digest that is not that of the bytes",
    "checksum_mismatch",
    async (s) => send(await s.url(2), filled(TAIL_BYTES, 1), { "Content-Digest": `sha-256=:${btoa("0".repeat(32))}:` }),
  ],
  [
    "a Content-Digest that is none",
    "invalid_request",
    async (s) => send(await s.url(2), filled(TAIL_BYTES, 1), { "Content-Digest": "sha-256=abc" }),
  ],
  [
    "a part missing at the end",
    "upload_incomplete",
    async (s) => {
      const etag = (await put(await s.url(1), filled(s.full, 1))).headers.get("ETag") as string;
      return s.complete([etag]);
    },
  ],
  ["nothing at all at the end", "upload_incomplete", (s) => s.complete(["x"])],
  [
    "a part after it was aborted",
    "gone",
    async (s) => {
      const url = await s.url(1);
      await s.abort();
      return put(url, filled(s.full, 1));
    },
  ],
  [
    "its end after it was aborted",
    "gone",
    async (s) => {
      const etag = (await put(await s.url(2), filled(TAIL_BYTES, 1))).headers.get("ETag") as string;
      await s.abort();
      return s.complete([etag]);
    },
  ],
  [
    "a part after it was completed",
    "upload_conflict",
    async (s) => {
      const urls = [await s.url(1), await s.url(2)] as const;
      const etags = [await put(urls[0], filled(s.full, 1)), await put(urls[1], filled(TAIL_BYTES, 2))].map(
        ({ headers }) => headers.get("ETag") as string,
      );
      expect((await s.complete(etags)).status).toBe(200);
      expect((await s.complete(etags)).status).toBe(200);
      return put(urls[1], filled(TAIL_BYTES, 3));
    },
  ],
];

describe.each([
  ["Kiln's own protocol", kilnSender],
  ["Uppy's protocol", uppySender],
] as const)("with %s an upload refuses", (_protocol, begin) => {
  let sender: Sender;
  beforeEach(async () => {
    sender = await begin();
  });

  it.each(cases)("%s: %s", async (_title, code, act) => {
    const problem = await problemOf(await act(sender));
    expect([problem.code, problem.status < 500, problem.detail.length > 0]).toEqual([code, true, true]);
  });
});

describe("parts that the sender chooses", () => {
  it.each([
    [
      "unequal parts",
      [
        [1, MIN_PART_BYTES],
        [2, MIN_PART_BYTES + 1],
      ],
    ],
    [
      "unequal parts, the later ones first",
      [
        [3, MIN_PART_BYTES],
        [2, MIN_PART_BYTES],
        [1, MIN_PART_BYTES + 1],
      ],
    ],
    [
      "a small part that is not the last",
      [
        [1, 100],
        [2, 100],
      ],
    ],
    [
      "a small part that turns out not to be the last",
      [
        [2, 100],
        [3, 100],
      ],
    ],
  ] as const)("are refused at once: %s", async (_title, parts) => {
    const upload = await UppyUpload.begin();
    const last = parts.at(-1) as readonly [number, number];
    for (const [number, bytes] of parts.slice(0, -1)) await upload.part(number, filled(bytes, number));
    const refused = await put(await upload.url(last[0]), filled(last[1], 1));
    expect((await problemOf(refused)).code).toBe("invalid_request");
    expect((await upload.list()).length).toBe(parts.length - 1);
  });

  it("are counted together against the limit", async () => {
    const upload = await UppyUpload.begin({ bytes: MIN_PART_BYTES + 1 });
    await upload.part(1, filled(MIN_PART_BYTES, 1));
    expect((await problemOf(await put(await upload.url(2), "12"))).code).toBe("too_large");
    const unannounced = await UppyUpload.begin();
    const headers = { "Content-Length": String(MAX_UPLOAD_BYTES + 1) };
    const tooLong = call(await unannounced.url(1), { method: "PUT", body: "x", headers }).then(problemOf);
    expect((await tooLong).code).toBe("too_large");
  });

  it.each([
    ["part 0", "/0", 400],
    ["a part beyond the highest number", "/10001", 400],
    ["a part that is no number", "/one", 400],
  ])("have numbers from 1 to 10,000, not %s", async (_title, rest, status) => {
    const upload = await UppyUpload.begin();
    expect((await problemOf(await call(upload.path(rest)))).status).toBe(status);
  });

  it.each([
    [
      "a wrong ETag",
      (etags: string[]) => [
        { PartNumber: 1, ETag: "0".repeat(32) },
        { PartNumber: 2, ETag: etags[1] },
      ],
      "invalid_request",
    ],
    [
      "a part that has not come in",
      (etags: string[]) => etags.concat("x").map((ETag, i) => ({ PartNumber: i + 1, ETag })),
      "upload_incomplete",
    ],
    ["a part left out", (etags: string[]) => [{ PartNumber: 1, ETag: etags[0] }], "invalid_request"],
    [
      "parts in another order",
      (etags: string[]) => [
        { PartNumber: 2, ETag: etags[1] },
        { PartNumber: 1, ETag: etags[0] },
      ],
      "invalid_request",
    ],
    [
      "a part twice",
      (etags: string[]) => [1, 1].map((PartNumber) => ({ PartNumber, ETag: etags[0] })),
      "invalid_request",
    ],
    ["no parts", () => [], "invalid_request"],
  ] as const)("are all named at the end, in order, with their ETags; refused: %s", async (_title, name, code) => {
    const upload = await UppyUpload.begin();
    const etags = [await upload.part(1, filled(MIN_PART_BYTES, 1)), await upload.part(2, filled(TAIL_BYTES, 2))];
    const refused = await upload.complete(name(etags) as { PartNumber: number; ETag: string }[]);
    expect((await problemOf(refused)).code).toBe(code);
    const complete = await upload.complete(etags.map((ETag, i) => ({ PartNumber: i + 1, ETag })));
    expect(complete.status).toBe(200);
  });

  it("belong to the upload in the path, whatever the key says", async () => {
    const upload = await UppyUpload.begin();
    const other = await UppyUpload.begin();
    expect((await problemOf(await call(upload.path("", other.id)))).errors?.[0]?.path).toBe("key");
  });
});
