/** The TypeScript client inside workerd, as another Worker would use it. */
import { expect, it } from "vitest";
import { Kiln, KilnError, newSession } from "#client/index.ts";
import { call, finishEcho, lease, ORIGIN } from "../../helpers/worker-api.ts";

const kiln = new Kiln({
  api: ORIGIN,
  session: newSession(),
  fetch: (url, init) => call(String(url), init as RequestInit),
});

it("a Worker sends a file, submits, follows and downloads through the client", async () => {
  const file = new File(["a small file"], "note.txt", { type: "text/plain" });
  const kinds: string[] = [];
  const running = kiln.run("echo", { text: "hello" }, { files: [file], onEvent: ({ kind }) => kinds.push(kind) });
  let held = await lease();
  for (let tries = 0; !held && tries < 20; tries++) held = await lease();
  if (!held) throw new Error("no lease");
  expect(held.inputs.map(({ filename, bytes }) => [filename, bytes])).toEqual([["note.txt", 12]]);
  await finishEcho(held);
  const job = await running;
  expect([job.state, kinds.includes("artifact"), kinds.at(-1)]).toEqual(["succeeded", true, "status"]);
  const [artifact] = job.manifest.artifacts;
  const download = await kiln.download(job, artifact?.name as string);
  expect((await download.arrayBuffer()).byteLength).toBe(artifact?.bytes);
  const listed: string[] = [];
  for await (const { id } of kiln.listJobs({ limit: 1 })) listed.push(id);
  expect(listed).toEqual([job.id]);
});

it("a Worker gets the server's refusals as errors, and can stop waiting", async () => {
  const refusal = await kiln.submit("echo", { sleepMs: -1 }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(KilnError);
  expect((refusal as KilnError).fields[0]?.path).toBe("params.sleepMs");
  const { id } = await kiln.submit("echo", {});
  const stop = new AbortController();
  const waiting = kiln.wait(id, { signal: stop.signal, onEvent: () => stop.abort(new Error("enough")) });
  await expect(waiting).rejects.toThrow("enough");
});
