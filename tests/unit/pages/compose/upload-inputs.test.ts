/** Sending the files of a draft: in parallel, once each, with one progress. */
import { describe, expect, test } from "vitest";
import { type DraftInput, inputOfFile } from "../../../../pages/src/features/compose/draft.ts";
import {
  UnsentError,
  type UploadProgress,
  uploadInputs,
} from "../../../../pages/src/features/compose/upload-inputs.ts";

const inputs = (count: number): DraftInput[] =>
  Array.from({ length: count }, (_, i) => inputOfFile(new File(["x".repeat(10)], `${i}.png`), "image/png"));

/** Sends that end when the test says so. */
function set(over: Partial<Parameters<typeof uploadInputs>[1]> = {}) {
  const progress: UploadProgress[] = [];
  const uploaded: string[] = [];
  const stop = new AbortController();
  return {
    progress,
    uploaded,
    stop,
    calls: {
      send: async (file: File) => `upl_${file.name}`,
      mayWorkLater: (error: unknown) => !(error instanceof RangeError),
      stopsAll: (error: unknown) => error instanceof EvalError,
      onUploaded: (_key: string, upload: string) => void uploaded.push(upload),
      onProgress: (now: UploadProgress) => void progress.push(now),
      signal: stop.signal,
      ...over,
    },
  };
}

describe("files", () => {
  test("are sent a few at a time, every one once, and answered by key", async () => {
    let now = 0;
    let most = 0;
    const send = async (file: File) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return `upl_${file.name}`;
    };
    const { calls, uploaded } = set({ send });
    const list = inputs(10);
    const ids = await uploadInputs(list, calls);
    expect(list.map(({ key }) => ids.get(key))).toEqual(list.map(({ filename }) => `upl_${filename}`));
    expect(uploaded).toHaveLength(10);
    expect(most).toBe(4);
  });

  test("that the server has are not sent again", async () => {
    const sent: string[] = [];
    const { calls, progress } = set({ send: async (file: File) => `upl_${sent.push(file.name)}` });
    const [a, b] = inputs(2) as [DraftInput, DraftInput];
    const ids = await uploadInputs([{ ...a, upload: "upl_old", file: null }, b], calls);
    expect([ids.get(a.key), sent]).toEqual(["upl_old", ["1.png"]]);
    expect(progress.at(-1)).toEqual({ sentBytes: 10, resumedBytes: 0, totalBytes: 10, doneFiles: 1, totalFiles: 1 });
  });

  test("that were sent in part tell what was there before, and a second try of this visit does not", async () => {
    let tries = 0;
    const send = async (file: File, onSent: (bytes: number) => void) => {
      for (const bytes of [6, 8]) onSent(bytes);
      if (++tries === 1) throw new Error("the line broke");
      return `upl_${file.name}`;
    };
    const { calls, progress } = set({ send });
    await uploadInputs(inputs(1), calls);
    expect(progress.map(({ resumedBytes }) => resumedBytes)).toContain(6);
    expect(progress.at(-1)).toMatchObject({ sentBytes: 10, resumedBytes: 6 });
  });

  test("end all together where one has met a limit of all of them; what was sent stays sent", async () => {
    const limit = new EvalError("as much as may be had");
    let sends = 0;
    const send = async (file: File) => {
      if (++sends > 3) throw limit;
      return `upl_${file.name}`;
    };
    const { calls, uploaded } = set({ send });
    await expect(uploadInputs(inputs(20), calls)).rejects.toBe(limit);
    expect(uploaded).toHaveLength(3);
    expect(sends).toBeLessThan(10);
  });

  test("share one progress that only grows", async () => {
    const send = async (file: File, onSent: (bytes: number) => void) => {
      onSent(4);
      return `upl_${file.name}`;
    };
    const { calls, progress } = set({ send });
    await uploadInputs(inputs(3), calls);
    const bytes = progress.map(({ sentBytes }) => sentBytes);
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
    expect(progress.at(-1)).toMatchObject({ sentBytes: 30, totalBytes: 30, doneFiles: 3, totalFiles: 3 });
  });
});

describe("a file that can't be sent", () => {
  test("is tried again after the others, and is sent after all", async () => {
    const order: string[] = [];
    const send = async (file: File) => {
      order.push(file.name);
      if (file.name === "1.png" && order.filter((name) => name === "1.png").length < 3) throw new Error("no");
      return `upl_${file.name}`;
    };
    const { calls, uploaded, progress } = set({ send });
    const list = inputs(10);
    const ids = await uploadInputs(list, calls);
    expect([ids.size, uploaded.length, order.filter((name) => name === "1.png").length]).toEqual([10, 10, 3]);
    expect(order.indexOf("9.png")).toBeLessThan(order.lastIndexOf("1.png"));
    expect(progress.at(-1)).toMatchObject({ sentBytes: 100, doneFiles: 10 });
  });

  test("is named with its reason when it fails for good, and all others are sent", async () => {
    const no = new Error("no");
    const refused = new RangeError("too large");
    const tried: string[] = [];
    const send = async (file: File) => {
      tried.push(file.name);
      if (file.name === "3.png") throw no;
      if (file.name === "5.png") throw refused;
      return `upl_${file.name}`;
    };
    const { calls, uploaded } = set({ send });
    const failure = await uploadInputs(inputs(20), calls).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnsentError);
    expect((failure as UnsentError).unsent.map(({ filename, cause }) => [filename, cause])).toEqual([
      ["5.png", refused],
      ["3.png", no],
    ]);
    expect(uploaded).toHaveLength(18);
    // What is refused is not tried again.
    expect(tried.filter((name) => name === "5.png")).toHaveLength(1);
  });

  test("does not take back the progress it has shown", async () => {
    let tries = 0;
    const send = async (file: File, onSent: (bytes: number) => void) => {
      onSent(tries++ === 0 ? 8 : 2);
      if (tries === 1) throw new Error("no");
      return `upl_${file.name}`;
    };
    const { calls, progress } = set({ send });
    await uploadInputs(inputs(1), calls);
    expect(progress.map(({ sentBytes }) => sentBytes)).toEqual([0, 8, 8, 10]);
  });

  test("is one whose content is no longer at hand", async () => {
    const { calls } = set();
    const [gone] = inputs(1) as [DraftInput];
    await expect(uploadInputs([{ ...gone, file: null }], calls)).rejects.toThrow("0.png could not be sent");
  });
});

test("a line that is broken ends it soon, whatever the number of files, and what was sent stays sent", async () => {
  const broken = new Error("no network");
  const tried: string[] = [];
  const send = async (file: File) => {
    tried.push(file.name);
    if (tried.length > 5) throw broken;
    return `upl_${file.name}`;
  };
  const { calls, uploaded } = set({ send });
  await expect(uploadInputs(inputs(300), calls)).rejects.toBe(broken);
  expect(uploaded).toHaveLength(5);
  expect(tried.length).toBeLessThan(20);
});

test("cancelling stops all of them with its own reason", async () => {
  const send = (_file: File, _onSent: unknown, signal: AbortSignal) =>
    new Promise<string>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const { calls, stop } = set({ send });
  const done = uploadInputs(inputs(6), calls);
  stop.abort(new Error("enough"));
  await expect(done).rejects.toThrow("enough");
});
