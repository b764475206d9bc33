/** `PUT /v1/jobs/{clientId}`: one job for one id of a client, however often it is sent. */
import { describe, expect, it } from "vitest";
import type { Job } from "#contract/job.ts";
import { API_KEY, call, OTHER_API_KEY, post, problemOf, readJob, uploadText } from "../../helpers/worker-api.ts";

const SESSION = { "Kiln-Session": "7".repeat(32) };

/** Nobody even while faults are on. */
const NOBODY = { "Kiln-Session": "" };

function put(clientId: string, body: unknown, headers: Record<string, string> = SESSION): Promise<Response> {
  return call(`/v1/jobs/${clientId}`, {
    method: "PUT",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...headers },
  });
}

const jobOf = async (response: Response) => (await response.json()) as Job;

describe("a job under its client's id", () => {
  it("is made once: the same request again answers the same job", async () => {
    const upload = await uploadText("hello", SESSION);
    const body = { type: "echo", params: { text: "hi" }, inputs: [{ upload: upload.id }] };
    const first = await put("order-1", body);
    const job = await jobOf(first);
    expect(first.headers.get("Location")).toBe(`/v1/jobs/${job.id}`);
    // The order of fields is no difference.
    const again = await put("order-1", { inputs: body.inputs, params: body.params, type: "echo" });
    expect(again.status).toBe(200);
    expect((await jobOf(again)).id).toBe(job.id);
    expect(await readJob(job.id, SESSION)).toMatchObject({ params: { text: "hi" }, inputs: [{ upload: upload.id }] });
  });

  it("is one job when the request comes many times at once", async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => put("order-2", { type: "echo" })));
    expect(all.every(({ status }) => status === 200 || status === 202)).toBe(true);
    expect(new Set(await Promise.all(all.map(async (response) => (await jobOf(response)).id))).size).toBe(1);
  });

  it("is refused with another body, and stays as it is", async () => {
    const job = await jobOf(await put("order-3", { type: "echo", params: { text: "one" } }));
    const problem = await problemOf(await put("order-3", { type: "echo", params: { text: "two" } }));
    expect(problem).toMatchObject({ code: "job_conflict", status: 409 });
    expect((await readJob(job.id, SESSION)).params).toMatchObject({ text: "one" });
  });

  it("is another one for another owner", async () => {
    const mine = await jobOf(await put("order-4", { type: "echo" }, { "X-API-Key": API_KEY }));
    const theirs = await jobOf(await put("order-4", { type: "echo" }, { "X-API-Key": OTHER_API_KEY }));
    expect(mine.id).not.toBe(theirs.id);
  });

  it("needs an owner, and an id that can't be taken for a job's", async () => {
    expect((await problemOf(await put("order-5", { type: "echo" }, NOBODY))).code).toBe("unauthorized");
    for (const wrong of [`job_${"0".repeat(26)}`, "a".repeat(65), "a%20b", "%C3%A4"]) {
      expect(await problemOf(await put(wrong, { type: "echo" }))).toMatchObject({
        status: 400,
        errors: [{ path: "id" }],
      });
    }
    expect((await put("bad-body", { type: "echo", params: { text: 7 } })).status).toBe(400);
    // Refused, it has taken nothing: the id is free.
    expect((await put("bad-body", { type: "echo" })).status).toBe(202);
  });

  it("is read by its own id only", async () => {
    await put("order-6", { type: "echo" });
    expect((await problemOf(await call("/v1/jobs/order-6", { headers: SESSION }))).code).toBe("job_not_found");
    expect((await problemOf(await post("/v1/jobs/order-6/cancel", {}, SESSION))).code).toBe("job_not_found");
  });
});
