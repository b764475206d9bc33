/** Requests that tell their progress: what a browser's XMLHttpRequest does, made to look like `fetch`. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Kiln } from "#client/kiln.ts";
import { sendWithProgress } from "#client/send-with-progress.ts";

/** As much of XMLHttpRequest as is used; `play` says what the network does. */
class FakeRequest {
  static made: FakeRequest[] = [];
  static play: (request: FakeRequest) => void = () => undefined;
  readonly upload: { onprogress: (event: { loaded: number }) => void } = { onprogress: () => undefined };
  readonly sentHeaders: Record<string, string> = {};
  method = "";
  url = "";
  status = 0;
  responseText = "";
  responseHeaders = "";
  onload = () => undefined;
  onerror = () => undefined;
  onabort = () => undefined;

  constructor() {
    FakeRequest.made.push(this);
  }
  open(method: string, url: string) {
    Object.assign(this, { method, url });
  }
  setRequestHeader(name: string, value: string) {
    this.sentHeaders[name] = value;
  }
  getAllResponseHeaders() {
    return this.responseHeaders;
  }
  send() {
    FakeRequest.play(this);
  }
  abort() {
    this.onabort();
  }
  answer(status: number, text = "", headers = "") {
    Object.assign(this, { status, responseText: text, responseHeaders: headers });
    this.onload();
  }
}

const body = new Blob(["0123456789"]);
const put = (onSent: (bytes: number) => void = () => undefined, signal?: AbortSignal) =>
  sendWithProgress("http://kiln.test/x", { method: "PUT", headers: { "X-A": "1" }, body, onSent, signal });

beforeEach(() => {
  FakeRequest.made = [];
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
});
afterEach(() => vi.unstubAllGlobals());

describe("a request that tells its progress", () => {
  test("tells the bytes sent, and answers with status, headers and body", async () => {
    FakeRequest.play = (request) => {
      request.upload.onprogress({ loaded: 4 });
      request.upload.onprogress({ loaded: 10 });
      request.answer(200, "fine", 'etag: "a:b"\r\nx-b: 2\r\n');
    };
    const told: number[] = [];
    const response = await put((bytes) => told.push(bytes));
    expect(told).toEqual([4, 10]);
    expect([response.status, response.headers.get("ETag"), await response.text()]).toEqual([200, '"a:b"', "fine"]);
    expect(FakeRequest.made[0]).toMatchObject({
      method: "PUT",
      url: "http://kiln.test/x",
      sentHeaders: { "X-A": "1" },
    });
  });

  test("answers a status without a body, and a refusal like any answer", async () => {
    FakeRequest.play = (request) => request.answer(204);
    expect((await put()).status).toBe(204);
    FakeRequest.play = (request) => request.answer(403, "{}");
    expect((await put()).ok).toBe(false);
  });

  test("fails as fetch does when the connection is lost", async () => {
    FakeRequest.play = (request) => request.onerror();
    await expect(put()).rejects.toBeInstanceOf(TypeError);
  });

  test("stops with the reason it was given, before or while it is sent", async () => {
    FakeRequest.play = () => undefined;
    const stop = new AbortController();
    const running = put(undefined, stop.signal);
    stop.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    await expect(put(undefined, stop.signal)).rejects.toThrow("enough");
    expect(FakeRequest.made).toHaveLength(1);
  });
});

test("an upload in a browser tells its progress while a part is on its way, and never goes back", async () => {
  const upload = (state: string) => ({
    id: "upl_00000000000000000000000000",
    state,
    mode: "single",
    filename: "a",
    bytes: 10,
    partBytes: 10,
    partCount: 1,
    parts: [],
    targets: [{ partNumber: 1, bytes: 10, url: "http://kiln.test/files/a" }],
  });
  vi.stubGlobal("fetch", async (url: string) =>
    Response.json(upload(url.endsWith("/complete") ? "complete" : "pending")),
  );
  let tries = 0;
  FakeRequest.play = (request) => {
    request.upload.onprogress({ loaded: 6 });
    if (++tries === 1) return request.onerror();
    request.upload.onprogress({ loaded: 2 });
    request.upload.onprogress({ loaded: 9 });
    request.answer(200);
  };
  const kiln = new Kiln({ api: "http://kiln.test", sleep: async () => undefined });
  const told: number[] = [];
  await kiln.upload(body, { onProgress: (sent) => told.push(sent) });
  expect(told).toEqual([0, 6, 9, 10]);
});
