/** Uploads that are broken off: at every point, by a lost network, by a reload, by the caller. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Kiln } from "#client/kiln.ts";
import { browserConnectivity } from "#client/uploads/connectivity.ts";
import type { KeyValueStore } from "#client/uploads/upload-memory.ts";
import { fakeSleep } from "../../helpers/fake-fetch.ts";
import { FAKE_API, FakeUploadServer, type Fault } from "../../helpers/fake-upload-server.ts";

const PART_BYTES = 4;
const TEXT = "abcdefghijklmnopqrstuvwxyz";

/** What a browser's localStorage is. */
class FakeStore implements KeyValueStore {
  readonly values = new Map<string, string>();
  getItem(key: string) {
    return this.values.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    this.values.set(key, value);
  }
}

const file = (text = TEXT, name = "film.mp4") => new File([text], name, { type: "video/mp4", lastModified: 1 });

function open(server: FakeUploadServer, options: Partial<ConstructorParameters<typeof Kiln>[0]> = {}): Kiln {
  return new Kiln({ api: FAKE_API, fetch: server.fetch, sleep: fakeSleep().sleep, ...options });
}

describe("an upload that is broken off at any point", () => {
  test("ends with the very file, once; what came in is not sent again, and progress never goes back", async () => {
    const faults = fc.array(fc.constantFrom<Fault | null>("lost", "answer lost", "unavailable", "stale", null), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(faults, fc.integer({ min: 1, max: TEXT.length }), async (script, size) => {
        const server = new FakeUploadServer(PART_BYTES);
        const rest = [...script];
        const answersLost: string[] = [];
        server.fault = (request) => {
          const fault = rest.shift() ?? null;
          if (fault === "answer lost") answersLost.push(request);
          return fault;
        };
        const uploadStore = new FakeStore();
        const text = TEXT.slice(0, size);
        // Each pass is a page that was loaded anew; the store is all it knows.
        for (let page = 0; page < 20; page++) {
          const told: number[] = [];
          const onProgress = (sent: number) => told.push(sent);
          const upload = await open(server, { uploadStore })
            .upload(file(text), { onProgress })
            .catch(() => null);
          expect(told).toEqual([...told].sort((a, b) => a - b));
          if (!upload) continue;
          expect([upload.state, server.content(upload.id), told.at(-1)]).toEqual(["complete", text, size]);
          const ofThis = server.received.filter((part) => part.startsWith(upload.id));
          // A part is sent twice only where nobody could know that it had come in.
          expect(ofThis.length - new Set(ofThis).size).toBeLessThanOrEqual(answersLost.length);
          return;
        }
        throw new Error("it never ended");
      }),
      { numRuns: 150 },
    );
  });

  test("is gone on with after a reload: only the missing parts are sent, and those that are there count as sent", async () => {
    const server = new FakeUploadServer(PART_BYTES);
    const uploadStore = new FakeStore();
    server.fault = (request) => (request.startsWith("PUT") && server.received.length >= 3 ? "lost" : null);
    await expect(open(server, { uploadStore }).upload(file())).rejects.toThrow(/not answer|reach/i);
    const before = server.received.length;
    server.fault = () => null;
    const told: number[] = [];
    const upload = await open(server, { uploadStore }).upload(file(), { onProgress: (sent) => told.push(sent) });
    expect([server.uploads.size, server.received.length, new Set(server.received).size]).toEqual([1, 7, 7]);
    expect(told[0]).toBe(before * PART_BYTES);
    expect(server.content(upload.id)).toBe(TEXT);
    // Once it is complete, nothing at all is sent for the same file.
    const requests = server.requests.length;
    expect((await open(server, { uploadStore }).upload(file())).id).toBe(upload.id);
    expect(server.requests.slice(requests)).toEqual([`GET /v1/uploads/${upload.id}`]);
  });

  test.each([
    ["another content", file(TEXT.toUpperCase())],
    ["another name", file(TEXT, "other.mp4")],
    ["another time", new File([TEXT], "film.mp4", { type: "video/mp4", lastModified: 2 })],
  ])("is not gone on with by a file of %s", async (_title, other) => {
    const server = new FakeUploadServer(PART_BYTES);
    const uploadStore = new FakeStore();
    const first = await open(server, { uploadStore }).upload(file());
    const second = await open(server, { uploadStore }).upload(other);
    expect(second.id).not.toBe(first.id);
    expect(server.content(second.id)).toBe(await other.text());
  });

  test("is nobody else's: another session begins its own, and the store tells nothing of who it was", async () => {
    const server = new FakeUploadServer(PART_BYTES);
    const uploadStore = new FakeStore();
    const [mine, yours] = ["a".repeat(32), "b".repeat(32)];
    await open(server, { uploadStore, session: mine }).upload(file());
    await open(server, { uploadStore, session: yours }).upload(file());
    expect(server.uploads.size).toBe(2);
    const kept = [...uploadStore.values.values()].join();
    for (const secret of [mine, yours, "film.mp4"]) expect(kept).not.toContain(secret);
  });

  test("begins anew when the server has dropped it, or the store is broken", async () => {
    const server = new FakeUploadServer(PART_BYTES);
    const uploadStore = new FakeStore();
    const first = await open(server, { uploadStore }).upload(file());
    server.uploads.delete(first.id);
    server.uploads.set("upl_other", { bytes: 1, filename: "x", sha256: undefined, parts: new Map(), state: "pending" });
    const second = await open(server, { uploadStore }).upload(file());
    expect(server.content(second.id)).toBe(TEXT);
    const broken: KeyValueStore = {
      getItem: () => "{not json",
      setItem() {
        throw new Error("QuotaExceededError");
      },
    };
    expect((await open(server, { uploadStore: broken }).upload(file())).state).toBe("complete");
  });
});

describe("going on with an upload by its id", () => {
  test("refuses a file of the same size that is another one, and sends nothing of it", async () => {
    const server = new FakeUploadServer(PART_BYTES);
    server.fault = (request) => (request.startsWith("PUT") && server.received.length >= 2 ? "lost" : null);
    await expect(open(server).upload(file())).rejects.toThrow();
    server.fault = () => null;
    const id = [...server.uploads.keys()][0] as string;
    const before = server.received.length;
    await expect(open(server).resumeUpload(id, file(TEXT.toUpperCase()))).rejects.toThrow(
      /begun with another file: part/,
    );
    expect(server.received.length).toBe(before);
    expect((await open(server).resumeUpload(id, file())).state).toBe("complete");
    expect(server.content(id)).toBe(TEXT);
  });
});

describe("an upload that its caller aborts", () => {
  async function aborted(onAbort: "keep" | "discard" | undefined) {
    const server = new FakeUploadServer(PART_BYTES);
    const uploadStore = new FakeStore();
    const stop = new AbortController();
    const onProgress = (sent: number) => sent >= 8 && stop.abort(new Error("enough"));
    const options = { onProgress, signal: stop.signal, ...(onAbort ? { onAbort } : {}) };
    await expect(open(server, { uploadStore }).upload(file(), options)).rejects.toThrow("enough");
    return { server, uploadStore };
  }

  test("is kept, and gone on with, unless it is to be discarded", async () => {
    const { server, uploadStore } = await aborted(undefined);
    const had = server.received.length;
    await open(server, { uploadStore }).upload(file());
    expect([server.uploads.size, had > 0, new Set(server.received).size]).toEqual([1, true, server.received.length]);
  });

  test("leaves nothing behind when it is to be discarded, neither there nor here", async () => {
    const { server, uploadStore } = await aborted("discard");
    expect(server.uploads.size).toBe(0);
    expect([...uploadStore.values.values()]).toEqual(["{}"]);
  });
});

describe("a machine without network", () => {
  /** A browser's window whose network is switched. */
  function fakeWindow() {
    const listeners = new Set<() => void>();
    const window = {
      navigator: { onLine: true },
      addEventListener: (_: "online", listener: () => void) => void listeners.add(listener),
      removeEventListener: (_: "online", listener: () => void) => void listeners.delete(listener),
    };
    const setOnline = (onLine: boolean) => {
      window.navigator.onLine = onLine;
      if (onLine) for (const listener of [...listeners]) listener();
    };
    return { window, setOnline, listeners };
  }

  test("is waited for, however long, and nothing is tried meanwhile", async () => {
    const server = new FakeUploadServer(PART_BYTES);
    const { window, setOnline, listeners } = fakeWindow();
    server.fault = (request) => {
      if (request.startsWith("PUT") && server.received.length > 0) setOnline(false);
      return window.navigator.onLine ? null : "lost";
    };
    const upload = open(server, { connectivity: browserConnectivity(window) }).upload(file());
    // Seven parts, four of them at a time: those that were under way came in, and as many of the others as may go wait.
    await expect.poll(() => listeners.size === Math.min(4, 7 - server.received.length)).toBe(true);
    const tried = server.requests.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.requests.length).toBe(tried);
    server.fault = () => null;
    setOnline(true);
    expect((await upload).state).toBe("complete");
    expect(listeners.size).toBe(0);
  });

  test("does not keep an abort waiting", async () => {
    const { window, setOnline, listeners } = fakeWindow();
    setOnline(false);
    const stop = new AbortController();
    const waiting = browserConnectivity(window).untilOnline(stop.signal);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(listeners.size).toBe(0);
  });
});

describe("300 files at once", () => {
  const files = Array.from({ length: 300 }, (_, i) => ({
    file: new Blob([`${i}`.padStart(9, "x")]),
    filename: `${i}.jpg`,
  }));

  test("are all sent, in order, with a few requests at a time", async () => {
    const server = new FakeUploadServer(PART_BYTES);
    const told: number[] = [];
    const uploads = await open(server).uploadAll(files, { onProgress: (sent) => told.push(sent) });
    expect(uploads.map(({ filename }) => filename)).toEqual(files.map(({ filename }) => filename));
    expect(uploads.map(({ id }) => server.content(id))).toEqual(
      await Promise.all(files.map(({ file }) => file.text())),
    );
    expect(server.mostAtOnce).toBeLessThanOrEqual(6 + 6);
    expect([told.at(-1), told.every((sent, i) => sent >= (told[i - 1] ?? 0))]).toEqual([300 * 9, true]);
  });

  test("end with the first failure, and nothing is on its way then", async () => {
    const server = new FakeUploadServer(PART_BYTES);
    server.fault = (request) => (request.startsWith("PUT") && server.received.length >= 40 ? "lost" : null);
    await expect(open(server).uploadAll(files)).rejects.toThrow();
    const requests = server.requests.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.requests.length).toBe(requests);
    expect(server.uploads.size).toBeLessThan(60);
  });
});
