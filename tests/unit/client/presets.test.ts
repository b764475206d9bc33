/** Presets and usage: which calls the client makes. */
import { expect, test } from "vitest";
import { Kiln } from "#client/index.ts";
import { FakeFetch } from "../../helpers/fake-fetch.ts";

const kilnWith = (fake: FakeFetch) => new Kiln({ api: "http://kiln.test", key: "k", fetch: fake.fetch });
const callsOf = (fake: FakeFetch) =>
  fake.sent.map(({ method, url, body }) => [method, new URL(url).pathname + new URL(url).search, body]);

test("an account's presets are listed, read, put and removed", async () => {
  const fake = new FakeFetch(() => Response.json({ presets: [{ name: "a" }] }));
  const { presets } = kilnWith(fake);
  expect(await presets.list({ type: "echo" })).toEqual([{ name: "a" }]);
  await presets.read("echo", "a");
  await presets.put("echo", "a", { params: { text: "x" } });
  await presets.remove("echo", "a");
  expect(callsOf(fake)).toEqual([
    ["GET", "/v1/presets?type=echo", ""],
    ["GET", "/v1/presets/echo/a", ""],
    ["PUT", "/v1/presets/echo/a", '{"params":{"text":"x"}}'],
    ["DELETE", "/v1/presets/echo/a", ""],
  ]);
});

test("a job is submitted with a preset, and parameters over it", async () => {
  const fake = new FakeFetch(() => Response.json({}));
  await kilnWith(fake).submit("logo-to-3d", { depthMm: 6 }, { preset: "sign", inputs: [{ upload: "u" }] });
  expect(JSON.parse(fake.sent[0]?.body ?? "")).toEqual({
    type: "logo-to-3d",
    preset: "sign",
    params: { depthMm: 6 },
    inputs: [{ upload: "u" }],
  });
});

test("usage is asked for days", async () => {
  const fake = new FakeFetch(() => Response.json({}));
  await kilnWith(fake).usage({ from: "2026-11-01" });
  await kilnWith(fake).usage();
  expect(callsOf(fake).map(([, path]) => path)).toEqual(["/v1/usage?from=2026-11-01", "/v1/usage"]);
});
