/** HEAD where GET is. */
import { expect, it } from "vitest";
import { call, submitEcho } from "../../helpers/worker-api.ts";

it("answers HEAD like GET, without the body, and leaves no stream of events open", async () => {
  const { id } = await submitEcho();
  for (const [path, type] of [
    ["/health", "application/json"],
    [`/v1/jobs/${id}`, "application/json"],
    [`/v1/jobs/${id}/events`, "text/event-stream"],
  ] as const) {
    const response = await call(path, { method: "HEAD" });
    expect([path, response.status, response.headers.get("Content-Type")]).toEqual([path, 200, type]);
    expect(await response.text()).toBe("");
  }
});
