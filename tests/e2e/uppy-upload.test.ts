/**
 * An upload with the unmodified Uppy packages in a real browser, on a page of another origin: the page is reloaded in the
 * middle, the browser is killed, the network is cut. Each time Uppy goes on where it was, and no part is sent twice.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Kiln } from "#client/kiln.ts";
import { FINAL_STATES, type Job } from "#contract/job.ts";
import type { Upload } from "#contract/upload.ts";
import { localSecrets } from "../../scripts/stack/local-secrets.ts";
import { type Stack, startStack } from "../../scripts/stack/stack.ts";
import { ownServer } from "../fixtures/uppy/own-server.ts";
import { type KillableChromium, launchKillableChromium } from "../helpers/chromium.ts";
import { serveUppyPage, type UppyPage } from "../helpers/uppy-page.ts";

const MIB = 1024 * 1024;
/** What Uppy makes of a file of this size: S3's smallest parts. */
const PARTS = 12;
const FILE = randomBytes(PARTS * 5 * MIB - 1_234);
const SHA256 = createHash("sha256").update(FILE).digest("hex");
/** So fast that the whole takes seconds, so slow that a part can be caught on its way. */
const LINE_BYTES_PER_S = 25e6;

/** What the page leaves in `window`. */
interface PageState {
  readonly uppy: { getFiles(): { s3Multipart?: { uploadId: string } }[] };
  readonly partsSent: number;
  readonly uploaded: { readonly key: string; readonly uploadURL: string } | null;
}

let folder: string;
let site: UppyPage;
let stack: Stack;
let chromium: KillableChromium;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kiln-uppy-"));
  site = await serveUppyPage();
  await writeFile(join(folder, "film.bin"), FILE);
  await writeFile(join(folder, "note.txt"), "a small file");
  // Whichever fails, the other is there to be ended.
  const [started, launched] = await Promise.allSettled([
    startStack({
      port: 0,
      stateDir: join(folder, "state"),
      runners: 1,
      site: false,
      runnerEnv: { KILN_JOB_TYPES: "echo", KILN_WORK_DIR: join(folder, "work") },
      workerVariables: { CORS_ORIGINS: site.origin },
    }).then((one) => {
      stack = one;
    }),
    launchKillableChromium(join(folder, "profile")).then((one) => {
      chromium = one;
    }),
  ]);
  for (const outcome of [started, launched]) if (outcome.status === "rejected") throw outcome.reason;
});

afterAll(async () => {
  await chromium?.kill();
  await stack?.stop();
  site?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** The page, and the numbers of the parts that it sends. It goes on with what one with the same `memory` has begun. */
async function openPage(multipart: boolean, memory: string, api = stack.url): Promise<{ page: Page; sent: number[] }> {
  const context = chromium.browser.contexts()[0] as BrowserContext;
  const page = await context.newPage();
  const sent: number[] = [];
  page.on("request", (request) => {
    if (request.method() === "PUT") sent.push(Number(new URL(request.url()).searchParams.get("part")));
  });
  await setLine(page, { offline: false });
  await page.goto(site.address({ api, multipart, memory }));
  return { page, sent };
}

async function setLine(page: Page, { offline }: { offline: boolean }): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: LINE_BYTES_PER_S,
  });
}

/** Chooses a file on the page. Playwright itself sends no more than 50 MB to a browser that it has not started. */
async function choose(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { root } = await session.send("DOM.getDocument");
  const { nodeId } = await session.send("DOM.querySelector", { nodeId: root.nodeId, selector: "input" });
  await session.send("DOM.setFileInputFiles", { nodeId, files: [path] });
}

/** Waits until Uppy has sent so many parts since it was loaded. */
async function untilSent(page: Page, count: number): Promise<void> {
  await page.waitForFunction((least) => (window as unknown as PageState).partsSent >= least, count);
}

async function untilUploaded(page: Page): Promise<NonNullable<PageState["uploaded"]>> {
  const handle = await page.waitForFunction(() => (window as unknown as PageState).uploaded, undefined, {
    timeout: 30_000,
  });
  return (await handle.jsonValue()) as NonNullable<PageState["uploaded"]>;
}

/** Waits until Golden Retriever has put down both the file and where it is sent to. */
async function untilRemembered(page: Page): Promise<void> {
  const isRemembered = async () => {
    const read = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await read(indexedDB.open("uppy-blobs"));
    const rows = (name: string) => read(database.transaction([name]).objectStore(name).getAll());
    const [files, metadata] = [await rows("files"), await rows("metadata")];
    database.close();
    return files.length === 1 && JSON.stringify(metadata).includes("uploadId");
  };
  await expect.poll(() => page.evaluate(isRemembered), { interval: 20, timeout: 10_000 }).toBe(true);
}

/** The parts that Kiln has. */
async function listParts(id: string): Promise<number[]> {
  const parts = (await (await fetch(`${stack.url}/s3/multipart/${id}?key=${id}`)).json()) as { PartNumber: number }[];
  return parts.map(({ PartNumber }) => PartNumber);
}

/** Runs a job on the upload, and the SHA-256 of what comes out. */
async function echoed(upload: string): Promise<string> {
  const kiln = new Kiln({ api: stack.url });
  const job = await kiln.createJob({ type: "echo", params: {}, inputs: [{ upload }] });
  for await (const event of kiln.events(job.id)) {
    if (event.kind === "status" && FINAL_STATES.has(event.data.state)) break;
  }
  const done: Job = await kiln.job(job.id);
  expect([done.state, done.error]).toEqual(["succeeded", null]);
  return done.manifest?.artifacts.find(({ bytes }) => bytes === FILE.length)?.sha256 ?? "none of that size";
}

test("Uppy uploads a file through a reload, a killed browser and a cut network, and no part twice", async () => {
  // Begun, and reloaded in the middle.
  const first = await openPage(true, "film");
  await choose(first.page, join(folder, "film.bin"));
  await untilRemembered(first.page);
  await untilSent(first.page, 2);
  const id = await first.page.evaluate(
    () => (window as unknown as PageState).uppy.getFiles()[0]?.s3Multipart?.uploadId as string,
  );
  await first.page.reload();
  const firstSent = first.sent.splice(0);
  await untilSent(first.page, 2);
  // Killed in the middle, and started again.
  await chromium.kill();
  const secondSent = [...first.sent];
  const had = await listParts(id);
  chromium = await launchKillableChromium(join(folder, "profile"));
  const { page, sent } = await openPage(true, "film");
  await untilSent(page, 1);
  // Cut off in the middle. Uppy waits for the network before each part, and begins again one that breaks off.
  await setLine(page, { offline: true });
  await page.waitForFunction(() => !navigator.onLine);
  const whenCut = await listParts(id);
  expect(whenCut.length).toBeLessThan(PARTS);
  await setLine(page, { offline: false });
  const uploaded = await untilUploaded(page);

  expect(uploaded).toEqual({ key: id, uploadURL: `${stack.url}/files/uploads/${id}` });
  const upload = (await (await fetch(`${stack.url}/v1/uploads/${id}`)).json()) as Upload;
  expect(upload).toMatchObject({ state: "complete", bytes: FILE.length, partCount: PARTS, filename: "film.bin" });
  // What was there was not sent again; what was on its way may have been.
  expect(secondSent.filter((part) => part <= 2)).toEqual([]);
  expect(sent.filter((part) => had.includes(part))).toEqual([]);
  const all = [...firstSent, ...secondSent, ...sent];
  expect(new Set(all).size).toBe(PARTS);
  console.info(
    `${PARTS} parts, ${all.length} PUTs: ${firstSent.length} before the reload, ${secondSent.length} until the kill ` +
      `(${had.length} parts had come in), ${sent.length} after it (${whenCut.length} parts when the network was cut).`,
  );
  expect(all.length).toBeLessThanOrEqual(PARTS + 3);
  expect(await echoed(id)).toBe(SHA256);
});

test("Uppy's default for small files, one form, works and gives an id that a job takes", async () => {
  const { page } = await openPage(false, "note");
  await choose(page, join(folder, "note.txt"));
  const { key, uploadURL } = await untilUploaded(page);
  expect(uploadURL).toBe(`${stack.url}/files/uploads/${key}`);
  const upload = (await (await fetch(`${stack.url}/v1/uploads/${key}`)).json()) as Upload;
  expect(upload).toMatchObject({ state: "complete", bytes: 12, contentType: "text/plain", filename: "note.txt" });
});

/** A key of a new account of that server. */
async function makeKey(): Promise<string> {
  const made = await fetch(`${stack.url}/admin/v1/keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${localSecrets(stack.stateDir).ADMIN_KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify({ name: "Shop", scopes: ["read", "write"] }),
  });
  return ((await made.json()) as { secret: string }).secret;
}

test.each([
  ["in parts", true],
  ["in one form", false],
])("through the page's own server, which has the key, Uppy's upload %s is the account's", async (way, multipart) => {
  const key = await makeKey();
  const { fetch: passOn } = ownServer(stack.url, key);
  const passedOn: string[] = [];
  site.serveCalls({
    fetch: (request) => {
      passedOn.push(`${request.method} ${new URL(request.url).pathname.replace(/upl_\w+/, "{id}")}`);
      return passOn(request);
    },
  });
  const { page } = await openPage(multipart, `own server, ${way}`, site.origin);
  await choose(page, join(folder, "note.txt"));
  const { key: id } = await untilUploaded(page);
  const read = (headers: Record<string, string>) => fetch(`${stack.url}/v1/uploads/${id}`, { headers });
  expect((await read({})).status).toBe(404);
  const upload = (await (await read({ Authorization: `Bearer ${key}` })).json()) as Upload;
  expect(upload).toMatchObject({ state: "complete", bytes: 12, filename: "note.txt" });
  // The file itself has gone past it.
  const inParts = ["POST /s3/multipart", "GET /s3/multipart/{id}/1", "POST /s3/multipart/{id}/complete"];
  expect(passedOn).toEqual(multipart ? inParts : ["GET /s3/params"]);
});

/** What a page does that has no library at all: an upload, a job, its events, its result. Runs in the browser. */
async function useApi(api: string) {
  const headers = { "Kiln-Session": "ab".repeat(16) };
  const json = async (path: string, body: unknown) => {
    const sent = { ...headers, "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
    return fetch(api + path, { method: "POST", headers: sent, body: JSON.stringify(body) });
  };
  const begun = await json("/v1/uploads", { filename: "a.txt", bytes: 5 });
  const upload = await begun.json();
  const part = await fetch(upload.targets[0].url, { method: "PUT", body: "12345" });
  await json(`/v1/uploads/${upload.id}/complete`, {});
  const made = await json("/v1/jobs", {
    type: "echo",
    preset: "flaky",
    params: { fail: "none" },
    inputs: [{ upload: upload.id }],
  });
  const { id } = await made.json();
  // EventSource can send no session: the events are read as a stream.
  const events = (await fetch(`${api}/v1/jobs/${id}/events`, { headers })).body as ReadableStream<
    Uint8Array<ArrayBuffer>
  >;
  let text = "";
  for await (const piece of events.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (/"state":"(succeeded|failed)"/.test(text)) break;
  }
  const result = await fetch(`${api}/v1/jobs/${id}/artifacts/input-1.bin`, { headers });
  return {
    readable: [begun.headers.get("Location"), part.headers.get("ETag"), made.headers.get("X-Request-Id")].every(
      Boolean,
    ),
    succeeded: text.includes('"state":"succeeded"'),
    result: await result.text(),
  };
}

test("a page of a listed origin uploads, submits, follows and downloads; one of another origin reads nothing", async () => {
  const { page } = await openPage(false, "plain");
  expect(await page.evaluate(useApi, stack.url)).toEqual({ readable: true, succeeded: true, result: "12345" });
  // The same server by another name is another origin.
  await page.goto(
    site.address({ api: stack.url, multipart: false, memory: "other" }).replace("127.0.0.1", "localhost"),
  );
  const read = () => page.evaluate((api) => fetch(`${api}/v1/job-types`).then(() => "read", String), stack.url);
  expect(await read()).toMatch(/^TypeError/);
});
