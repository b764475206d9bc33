/** `POST /v1/run/{type}`: one call with files and parameters, answered with the file that was made. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import type { Lease } from "#contract/runner-api.ts";
import type { JobObject } from "../../../worker/durable/job.do.ts";
import type { Env } from "../../../worker/env.ts";
import { call, finishEcho, lease, problemOf, runnerPost, storedKeys } from "../../helpers/worker-api.ts";

const { JOBS } = env as unknown as Env;
const SESSION = { "Kiln-Session": "9".repeat(32) };
const MIB = 1024 * 1024;

type Part = [name: string, value: string | Blob, filename?: string];

function form(...parts: Part[]): FormData {
  const data = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === "string") data.append(name, value);
    else data.append(name, value, filename ?? "in.txt");
  }
  return data;
}

const file = (text: string, type = "text/plain") => new Blob([text], { type });

function run(path: string, body: BodyInit, headers: Record<string, string> = {}, signal?: AbortSignal) {
  return call(`/v1/run/${path}`, { method: "POST", body, headers: { ...SESSION, ...headers }, signal });
}

/** The lease of the job that a call in progress has made. */
async function leaseSoon(): Promise<Lease> {
  return vi.waitFor(
    async () => {
      const held = await lease();
      if (!held) throw new Error("not yet");
      return held;
    },
    { interval: 10, timeout: 4_000 },
  );
}

const inputText = async ({ inputs }: Lease, index = 0) => (await call(inputs[index]?.url ?? "")).text();
const read = async (id: string) => (await (await call(`/v1/jobs/${id}`, { headers: SESSION })).json()) as Job;

beforeEach(async () => {
  while (await lease());
});

describe("a one-shot call", () => {
  it("takes files and parameters as a form, and answers the file that was made", async () => {
    const answer = run(
      "echo?wait=60",
      form(
        ["file", file("one"), "a.txt"],
        ["sleepMs", "0"],
        ["text", "héllo"],
        ["crash", "false"],
        ["file", file("two"), "b b.txt"],
      ),
    );
    const held = await leaseSoon();
    expect(held.params).toMatchObject({ sleepMs: 0, text: "héllo", crash: false });
    expect(held.inputs.map(({ filename, bytes, contentType }) => [filename, bytes, contentType])).toEqual([
      ["a.txt", 3, "text/plain"],
      ["b b.txt", 3, "text/plain"],
    ]);
    expect([await inputText(held, 0), await inputText(held, 1)]).toEqual(["one", "two"]);
    await finishEcho(held, "made");
    const response = await answer;
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("made");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/plain",
      "content-length": "4",
      "content-disposition": expect.stringContaining("echo.txt"),
      "kiln-job": held.jobId,
      "cache-control": "no-store",
      link: expect.stringContaining(`</v1/jobs/${held.jobId}/artifacts/echo.txt>; rel="related"`),
    });
  });

  it("answers the job, a file by name, or all files, as asked", async () => {
    for (const [query, headers, check] of [
      [
        "?output=manifest",
        {},
        async (r: Response) => expect(((await r.json()) as Job).manifest?.artifacts).toHaveLength(1),
      ],
      [
        "",
        { Accept: "application/json" },
        async (r: Response) => expect(((await r.json()) as Job).state).toBe("succeeded"),
      ],
      ["?output=echo.txt", {}, async (r: Response) => expect(await r.text()).toBe("made")],
      ["?output=archive", {}, async (r: Response) => expect(r.headers.get("Content-Type")).toBe("application/zip")],
    ] as const) {
      const answer = run(`echo${query}`, form(["text", "x"]), { ...headers });
      const held = await leaseSoon();
      await finishEcho(held, "made");
      const response = await answer;
      expect([response.status, response.headers.get("Kiln-Job")]).toEqual([200, held.jobId]);
      await check(response);
      await response.body?.cancel().catch(() => undefined);
    }
  });

  it("that is not done in time is answered 202 with the job, and where to ask for it", async () => {
    const response = await run("echo?wait=0", form(["text", "x"]));
    const job = (await response.json()) as Job;
    expect(response.status).toBe(202);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      location: `/v1/jobs/${job.id}`,
      "kiln-job": job.id,
      "retry-after": "2",
    });
    expect(job.state).toBe("queued");
    const preferred = await run("echo", form(["text", "x"]), { Prefer: "wait=0" });
    expect(preferred.status).toBe(202);
    await preferred.body?.cancel();
  });

  it("whose job fails is answered with the job's error and its status", async () => {
    const answer = run("echo", form(["text", "x"]));
    const held = await leaseSoon();
    const error = { code: "nothing_to_draw", message: "There is nothing to draw." };
    await runnerPost(`jobs/${held.jobId}/fail`, { leaseId: held.leaseId, error, retryable: false });
    const response = await answer;
    expect(response.headers.get("Kiln-Job")).toBe(held.jobId);
    expect(await problemOf(response)).toMatchObject({ status: 422, code: "nothing_to_draw", detail: error.message });
  });

  it("takes one file as the body, under its own type", async () => {
    const response = await run("echo?wait=0", "raw bytes", { "Content-Type": "image/png" });
    expect(response.status).toBe(202);
    const held = (await lease()) as Lease;
    expect(held.inputs).toMatchObject([{ filename: "file", contentType: "image/png", bytes: 9 }]);
    expect(await inputText(held)).toBe("raw bytes");
  });

  it("takes URLs, parameters as JSON, and a policy", async () => {
    const response = await run(
      "echo?wait=0",
      form(["url", "https://files.example.com/a.png"], ["params", '{"text":"json"}'], ["policy", '{"priority":9}']),
    );
    expect(response.status).toBe(202);
    const job = (await response.json()) as Job;
    expect(job).toMatchObject({ params: { text: "json" }, inputs: [{ url: "https://files.example.com/a.png" }] });
  });

  it("whose caller hangs up is cancelled: nobody else knows of the job", async () => {
    const gone = new AbortController();
    const answer = run("echo", form(["text", "x"]), {}, gone.signal);
    const ended = expect(answer).rejects.toThrow();
    const held = await leaseSoon();
    const stub = JOBS.get(JOBS.idFromName(held.jobId));
    const waiting = () => runInDurableObject(stub, (object) => (object as unknown as JobObject).waiting());
    await vi.waitFor(async () => expect(await waiting()).toBe(1), { interval: 5 });
    gone.abort(new Error("gone"));
    await ended;
    await vi.waitFor(async () => expect((await read(held.jobId)).state).toBe("canceling"), { interval: 5 });
  });

  it("takes a file of many parts, a part at a time, and hands it on as it is", async () => {
    const bytes = new Uint8Array(8 * MIB + 12_345);
    for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    const response = await run("echo?wait=0", form(["file", new Blob([bytes]), "big.bin"]));
    expect(response.status).toBe(202);
    const held = (await lease()) as Lease;
    expect(held.inputs).toMatchObject([{ filename: "big.bin", bytes: bytes.length }]);
    const got = await (await call(held.inputs[0]?.url ?? "")).arrayBuffer();
    const digest = async (data: BufferSource) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", data))];
    expect(await digest(got)).toEqual(await digest(bytes));
  });
});

describe("a form that is not right", () => {
  const big = new Blob([new Uint8Array(9 * MIB)]);
  const DEEP = ["policy", "a", ...Array.from({ length: 62 }, () => "0")].join(".");
  const WRONG_FIELDS: [string, Part[], number, string][] = [
    [
      "an unknown field",
      [
        ["file", file("x")],
        ["colour", "red"],
      ],
      400,
      "colour",
    ],
    ["an unknown file", [["picture", file("x")]], 400, "picture"],
    [
      "a number that is none",
      [
        ["file", file("x")],
        ["sleepMs", "soon"],
      ],
      400,
      "sleepMs",
    ],
    ["a truth that is none", [["crash", "perhaps"]], 400, "crash"],
    [
      "a value that is not allowed",
      [
        ["file", file("x")],
        ["sleepMs", "-1"],
      ],
      400,
      "params.sleepMs",
    ],
    [
      "a parameter given twice",
      [
        ["text", "a"],
        ["text", "b"],
      ],
      400,
      "text",
    ],
    [
      "a parameter given in two ways",
      [
        ["text", "a"],
        ["params", '{"text":"b"}'],
      ],
      400,
      "text",
    ],
    ["a parameter with NUL", [["text", "a\0b"]], 400, "text"],
    ["params with half a character", [["params", '{"text":"a\\ud800"}']], 400, "params.text"],
    ["params with a field that would be lost", [["params", '{"__proto__":{}}']], 400, "params.__proto__"],
    ["a policy without end", [["policy", `{"a":${"[".repeat(9_000)}${"]".repeat(9_000)}}`]], 400, DEEP],
    ["a parameter as a file", [["text", file("x")]], 400, "text"],
    ["a file as text", [["file", "x"]], 400, "file"],
    ["params that are no JSON", [["params", "{"]], 400, "params"],
    ["params that are no object", [["params", "[]"]], 400, "params"],
    ["a policy that is none", [["policy", '{"priority":99}']], 400, "policy.priority"],
    ["an unknown preset", [["preset", "no-such"]], 422, "preset"],
    ["an unknown role", [["file.font", file("x")]], 400, "inputs.0.role"],
    ["an empty file", [["file", file("")]], 422, "file"],
    ["a URL that is none of the public's", [["url", "https://127.0.0.1/"]], 400, "inputs.0.url"],
    [
      "a wrong field behind a large file",
      [
        ["file", big],
        ["colour", "red"],
      ],
      400,
      "colour",
    ],
  ];
  it("is refused with the wrong field named, and nothing of its files is left", async () => {
    for (const [what, parts, status, path] of WRONG_FIELDS) {
      const problem = await problemOf(await run("echo", form(...parts)));
      expect(problem, what).toMatchObject({ status, errors: [{ path }] });
      expect(await storedKeys("uploads/"), what).toEqual([]);
    }
    expect(await lease()).toBeNull();
  });

  const head = '--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nx\r\n';
  const BROKEN: [string, string, string][] = [
    ["no boundary", "multipart/form-data", `${head}--b--\r\n`],
    ["another boundary", "multipart/form-data; boundary=c", `${head}--b--\r\n`],
    ["no end", "multipart/form-data; boundary=b", head],
    ["half an end", "multipart/form-data; boundary=b", `${head}--b`],
    ["nothing in it", "multipart/form-data; boundary=b", ""],
    ["only an end", "multipart/form-data; boundary=b", "garbage"],
    [
      "a field without a name",
      "multipart/form-data; boundary=b",
      "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    ],
    ["broken headers", "multipart/form-data; boundary=b", "--b\r\n\u0000: x\r\n\r\nx\r\n--b--\r\n"],
    [
      "a file name that can't be read",
      "multipart/form-data; boundary=b",
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''%E0%A4%A\r\n\r\nx\r\n--b--\r\n",
    ],
    [
      "a file name with NUL in disguise",
      "multipart/form-data; boundary=b",
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''a%00b\r\n\r\nx\r\n--b--\r\n",
    ],
  ];
  it("is refused when it is none, or breaks off", async () => {
    for (const [what, contentType, body] of BROKEN) {
      const problem = await problemOf(await run("echo", body, { "Content-Type": contentType }));
      expect(problem, what).toMatchObject({ status: 400, errors: [{ path: "form" }] });
    }
  });

  it("may be cut anywhere by the network: it reads the same", async () => {
    const body = new TextEncoder().encode(
      `--b-\r\nContent-Disposition: form-data; name="text"\r\n\r\n--b\r\n--b-\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n-\r\n--b\r\n--b---\r\n`,
    );
    for (let cut = 1; cut < body.length; cut += 1) {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const writer = writable.getWriter();
      const sent = (async () => {
        await writer.write(body.slice(0, cut));
        await writer.write(body.slice(cut));
        await writer.close();
      })();
      const events = await readAll(readable, "b-");
      expect(events, `cut at ${cut}`).toEqual([
        ["field", "text", "--b"],
        ["file", "file", "-\r\n--b"],
      ]);
      await sent.catch(() => undefined);
    }
  });

  it("is refused in another encoding, for an unknown type, output or wait, and with an Idempotency-Key", async () => {
    const urlencoded = await run("echo", "text=x", { "Content-Type": "application/x-www-form-urlencoded" });
    expect(await problemOf(urlencoded)).toMatchObject({ status: 415 });
    expect(await problemOf(await run("image-to-svg", "{}", { "Content-Type": "application/json" }))).toMatchObject({
      status: 415,
    });
    expect(await problemOf(await run("no-such", form(["text", "x"])))).toMatchObject({
      status: 422,
      code: "unknown_job_type",
    });
    for (const query of ["wait=61", "wait=-1", "wait=x", "output=other.txt", "output=../x", "depth=3"]) {
      expect((await problemOf(await run(`echo?${query}`, form(["text", "x"])))).status).toBe(400);
    }
    const keyed = await problemOf(await run("echo", form(["text", "x"]), { "Idempotency-Key": "k" }));
    expect(keyed).toMatchObject({ status: 400, errors: [{ path: "Idempotency-Key" }] });
    expect(await lease()).toBeNull();
  });

  it("leaves no parts in R2 when a file is larger than the type takes", async () => {
    const bytes = new Blob([new Uint8Array(40 * MIB)]);
    const response = await run("text-to-3d", form(["file.font", bytes, "font.ttf"], ["text", "x"]));
    expect(response.status).toBe(413);
    expect(await storedKeys("uploads/")).toEqual([]);
  });
});

async function readAll(body: ReadableStream<Uint8Array>, boundary: string): Promise<unknown[]> {
  const { readForm } = await import("../../../worker/routes/form-events.ts");
  const headers = { "Content-Type": `multipart/form-data; boundary=${boundary}` };
  const request = new Request("http://kiln.test/", { method: "POST", body, headers });
  const out: unknown[] = [];
  let text = "";
  let name = "";
  for await (const event of readForm(request)) {
    if (event.kind === "field") out.push(["field", event.name, event.text]);
    else if (event.kind === "file") [name, text] = [event.name, ""];
    else if (event.kind === "chunk") text += new TextDecoder().decode(event.bytes);
    else out.push(["file", name, text]);
  }
  return out;
}
