/** What is submitted with its files, made once, waited for and downloaded. */
import { createHash } from "node:crypto";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  DamagedFileError,
  JobFailedError,
  type JobTypeName,
  Kiln,
  KilnError,
  KilnUnreachableError,
} from "#client/index.ts";
import type { Job } from "#contract/job.ts";
import type { JobTypeParams } from "#contract/job-types/params.ts";
import { JOB_TYPES } from "#contract/job-types/registry.ts";
import { FakeFetch, fakeSleep, problem, type SentRequest } from "../../helpers/fake-fetch.ts";

const ID = "job_00000000000000000000000000";
const SESSION = "ab".repeat(16);
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function kilnWith(fake: FakeFetch, credentials: { session?: string; key?: string } = { session: SESSION }) {
  return new Kiln({ api: "http://kiln.test", fetch: fake.fetch, sleep: fakeSleep().sleep, ...credentials });
}

/** Takes uploads and jobs; every upload's id is the name of its file. */
function takesAll({ method, url, body }: SentRequest): Response {
  const { pathname } = new URL(url);
  if (pathname === "/v1/uploads") {
    const { filename, bytes } = JSON.parse(body) as { filename: string; bytes: number };
    const targets = [{ partNumber: 1, bytes, url: `http://files.test/${filename}` }];
    return Response.json({ id: filename, state: "pending", bytes, partBytes: bytes, parts: [], targets });
  }
  if (method === "PUT") return new Response();
  if (pathname.endsWith("/complete")) return Response.json({ id: pathname.split("/")[3], state: "complete" });
  return Response.json({ id: ID, ...JSON.parse(body) });
}

describe("a job submitted with its files", () => {
  test("takes them in their order, each with its name and role, behind inputs that are there", async () => {
    const fake = new FakeFetch(takesAll);
    const progress: [number, number][] = [];
    await kilnWith(fake).submit(
      "remove-background",
      { crop: true },
      {
        inputs: [{ job: ID }],
        files: [
          new File(["one"], "1.png"),
          { file: new Blob(["two"]), filename: "2.png" },
          { file: new Blob(["sky"]), filename: "sky.png", role: "background" },
        ],
        onUpload: (sent, total) => progress.push([sent, total]),
      },
    );
    expect(JSON.parse(fake.sent.at(-1)?.body ?? "")).toEqual({
      type: "remove-background",
      params: { crop: true },
      inputs: [{ job: ID }, { upload: "1.png" }, { upload: "2.png" }, { upload: "sky.png", role: "background" }],
    });
    expect(progress.at(-1)).toEqual([9, 9]);
  });

  test("is not submitted when one of them can't be sent", async () => {
    const fake = new FakeFetch((request) =>
      request.body.includes("2.png") ? problem("too_large", 413, false) : takesAll(request),
    );
    const files = [new File(["1"], "1.png"), new File(["2"], "2.png")];
    await expect(kilnWith(fake).submit("remove-background", {}, { files })).rejects.toThrow("It is too_large.");
    expect(fake.sent.some(({ url }) => url.endsWith("/v1/jobs"))).toBe(false);
  });

  test("has parameters of its type's own, of an unknown type any", () => {
    const kiln = kilnWith(new FakeFetch());
    expectTypeOf(kiln.submit<"logo-to-3d">)
      .parameter(1)
      .toEqualTypeOf<JobTypeParams["logo-to-3d"]>();
    expectTypeOf<{ depthMm: number }>().toExtend<JobTypeParams["logo-to-3d"]>();
    expectTypeOf<{ depthMm: string }>().not.toExtend<JobTypeParams["logo-to-3d"]>();
    expectTypeOf(kiln.submit<"of-tomorrow">)
      .parameter(1)
      .toEqualTypeOf<Readonly<Record<string, unknown>>>();
    const typed: Record<JobTypeName, true> = {
      "logo-to-3d": true,
      "text-to-3d": true,
      "image-to-svg": true,
      "remove-background": true,
      animate: true,
      photogrammetry: true,
      echo: true,
    };
    expect(Object.keys(typed)).toEqual(JOB_TYPES.map(({ name }) => name));
  });
});

describe("a job whose answer is lost", () => {
  test("is submitted again under the same key, with its own when one is given", async () => {
    for (const [key, pattern] of [
      [undefined, /^[0-9a-f]{32}$/],
      ["order-17", /^order-17$/],
    ] as const) {
      const fake = new FakeFetch(new Error("socket hang up"), Response.json({ id: ID }));
      const { id } = await kilnWith(fake).createJob({ type: "echo" }, { idempotencyKey: key });
      const keys = fake.sent.map(({ headers }) => headers.get("idempotency-key"));
      expect([id, keys.length, new Set(keys).size]).toEqual([ID, 2, 1]);
      expect(keys[0]).toMatch(pattern);
    }
  });

  test("of a caller who is nobody is not: the server could not know it again", async () => {
    const fake = new FakeFetch(new Error("socket hang up"), Response.json({ id: ID }));
    await expect(kilnWith(fake, {}).createJob({ type: "echo" })).rejects.toThrow("socket hang up");
    expect(fake.sent.map(({ headers }) => headers.get("idempotency-key"))).toEqual([null]);
  });
});

describe("a refusal", () => {
  test("tells code, status, fields and when to come back", async () => {
    const errors = [{ path: "params.depthMm", message: "must be at least 0.1" }];
    const body = { ...((await problem("rate_limited", 429, true).json()) as object), errors };
    const fake = new FakeFetch(Response.json(body, { status: 429, headers: { "Retry-After": "3600" } }));
    const error = await kilnWith(fake)
      .job(ID)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KilnError);
    const { code, status, fields, retryAfter } = error as KilnError;
    expect([code, status, fields, retryAfter]).toEqual(["rate_limited", 429, errors, 3_600]);
    // An hour is not waited for.
    expect(fake.sent).toHaveLength(1);
  });

  test("with a code of a later version is a refusal all the same", async () => {
    const error = await kilnWith(new FakeFetch(problem("of_tomorrow", 409, false)))
      .job(ID)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KilnError);
  });
});

describe("a download", () => {
  const job = {
    id: ID,
    state: "succeeded",
    manifest: {
      artifacts: [{ name: "model.glb", bytes: 5, sha256: sha256("glTF…"), contentType: "model/gltf-binary" }],
    },
  } as unknown as Job;
  const answer = (text: string) => (request: SentRequest) =>
    request.url.includes("/artifacts/") ? new Response(text, { headers: { ETag: '"1"' } }) : Response.json(job);

  test("streams what the manifest says", async () => {
    const fake = new FakeFetch(answer("glTF…"));
    const response = await kilnWith(fake).download(job, "model.glb");
    expect([await response.text(), response.headers.get("etag")]).toEqual(["glTF…", '"1"']);
    expect(fake.sent).toHaveLength(1);
    // By its id alone, the job is asked for first.
    expect(await (await kilnWith(fake).download(ID, "model.glb")).text()).toBe("glTF…");
    expect(fake.sent).toHaveLength(3);
  });

  test("that arrives damaged or cut off fails at its end, by its name", async () => {
    for (const text of ["glTF!", "glT", ""]) {
      const response = await kilnWith(new FakeFetch(answer(text))).download(job, "model.glb");
      const error = await response.text().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(DamagedFileError);
      expect((error as Error).message).toMatch(/^model\.glb arrived damaged/);
    }
  });
});

describe("a download whose line breaks", () => {
  const text = "0123456789";
  const job = {
    id: ID,
    manifest: { artifacts: [{ name: "model.glb", bytes: 10, sha256: sha256(text) }] },
  } as unknown as Job;
  /** Sends what was asked for, up to `bytes` of it. */
  const breaking = (bytes: number, status?: number) => {
    return ({ headers }: SentRequest): Response => {
      const start = Number(/^bytes=(\d+)-$/.exec(headers.get("range") ?? "")?.[1] ?? 0);
      const piece = text.slice(start, start + bytes);
      let sent = false;
      const body = new ReadableStream({
        pull(controller) {
          if (sent && start + bytes < text.length) return controller.error(new TypeError("terminated"));
          if (sent) return controller.close();
          sent = true;
          if (piece !== "") controller.enqueue(new TextEncoder().encode(piece));
        },
      });
      return new Response(body, { status: status ?? (start > 0 ? 206 : 200) });
    };
  };
  const read = async (...answers: ConstructorParameters<typeof FakeFetch>) => {
    const fake = new FakeFetch(...answers);
    const fetch: typeof globalThis.fetch = (url, init) => fake.fetch(url, init);
    const kiln = new Kiln({ api: "http://kiln.test", fetch, sleep: fakeSleep().sleep });
    const got = await (await kiln.download(job, "model.glb")).text().catch((error: unknown) => error);
    return { got, ranges: fake.sent.map(({ headers }) => headers.get("range")) };
  };

  test("goes on with what is missing, also when the server is away for a while", async () => {
    const away = Array.from({ length: 7 }, () => new TypeError("fetch failed"));
    const { got, ranges } = await read(breaking(4), ...away, breaking(4), breaking(4));
    expect(got).toBe(text);
    expect([ranges[0], ...new Set(ranges.slice(1))]).toEqual([null, "bytes=4-", "bytes=8-"]);
  });

  test("fails when nothing more comes, and where the server can't send a part", async () => {
    const stuck = await read(breaking(4), breaking(0), breaking(0), breaking(0), breaking(0));
    expect(stuck.got).toBeInstanceOf(KilnUnreachableError);
    expect((await read(breaking(4), breaking(10, 200))).got).toBeInstanceOf(KilnUnreachableError);
  });
});

describe("all in one", () => {
  const over = (state: string, more: object = {}) => {
    const end = { seq: 1, at: 0, kind: "status", data: { state, attempt: 1, error: null, notBefore: null } };
    return (request: SentRequest): Response => {
      if (request.url.endsWith("/events")) return new Response(`id: 1\ndata: ${JSON.stringify(end)}\n\n`);
      return request.method === "GET" ? Response.json({ id: ID, state, ...more }) : takesAll(request);
    };
  };

  test("sends, submits, waits and resolves with the job and its files", async () => {
    const fake = new FakeFetch(over("succeeded", { manifest: { artifacts: [] } }));
    const job = await kilnWith(fake).run("logo-to-3d", { depthMm: 3 }, { files: [new File(["<svg/>"], "logo.svg")] });
    expect([job.id, job.manifest.artifacts]).toEqual([ID, []]);
  });

  test("throws what became of a job that ended without files", async () => {
    const error = { code: "input_invalid", message: "The picture is empty." };
    for (const [fake, code, message] of [
      [new FakeFetch(over("failed", { error })), "input_invalid", error.message],
      [new FakeFetch(over("expired", { error: null })), "expired", "The job is expired."],
    ] as const) {
      const thrown = await kilnWith(fake)
        .run("echo", {})
        .catch((caught: unknown) => caught);
      expect(thrown).toBeInstanceOf(JobFailedError);
      expect([(thrown as JobFailedError).code, (thrown as Error).message]).toEqual([code, message]);
    }
  });
});

test("a list of all jobs asks for a page when it is needed", async () => {
  const page = (ids: string[], cursor: string | null) => Response.json({ jobs: ids.map((id) => ({ id })), cursor });
  const fake = new FakeFetch(page(["a", "b"], "next"), page(["c"], null));
  const seen: string[] = [];
  for await (const { id } of kilnWith(fake).listJobs({ state: "failed" })) {
    seen.push(`${id} ${fake.sent.length}`);
  }
  expect(seen).toEqual(["a 1", "b 1", "c 2"]);
  expect(fake.sent.map(({ url }) => new URL(url).search)).toEqual([
    "?limit=100&state=failed",
    "?limit=100&cursor=next&state=failed",
  ]);
});

test("waiting follows the job to its end and resolves with it", async () => {
  const end = { seq: 1, at: 0, kind: "status", data: { state: "failed", attempt: 1, error: null, notBefore: null } };
  const stream = new Response(`id: 1\ndata: ${JSON.stringify(end)}\n\n`);
  const seen: string[] = [];
  const fake = new FakeFetch(stream, Response.json({ id: ID, state: "failed" }));
  const job = await kilnWith(fake).wait(ID, { onEvent: ({ kind }) => seen.push(kind) });
  expect([job.state, seen]).toEqual(["failed", ["status"]]);
});
