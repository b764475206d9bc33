/** Sending the files of a draft: in parallel, once each, with one progress. */
import { describe, expect, test } from "vitest";
import { type DraftInput, inputOfFile } from "../../../../pages/src/features/compose/draft.ts";
import { InputError, type UploadProgress, uploadInputs } from "../../../../pages/src/features/compose/upload-inputs.ts";

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
    expect(progress.at(-1)).toEqual({ sentBytes: 10, totalBytes: 10, doneFiles: 1, totalFiles: 1 });
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
    expect(progress.at(-1)).toEqual({ sentBytes: 30, totalBytes: 30, doneFiles: 3, totalFiles: 3 });
  });
});

describe("a file that can't be sent", () => {
  test("is named, stops the others, and what was sent stays sent", async () => {
    const stopped: string[] = [];
    const send = (file: File, _onSent: unknown, signal: AbortSignal) =>
      new Promise<string>((resolve, reject) => {
        if (file.name === "0.png") return resolve("upl_0");
        if (file.name === "1.png") return void setImmediate(() => reject(new Error("no")));
        signal.addEventListener("abort", () => {
          stopped.push(file.name);
          reject(signal.reason);
        });
      });
    const { calls, uploaded } = set({ send });
    const failure = await uploadInputs(inputs(20), calls).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as InputError).filename).toBe("1.png");
    expect((failure as InputError).cause).toEqual(new Error("no"));
    expect(uploaded).toEqual(["upl_0"]);
    // Those that were under way; the rest of the queue was never begun.
    expect(stopped.length).toBeLessThanOrEqual(4);
  });

  test("is one whose content is no longer at hand", async () => {
    const { calls } = set();
    const [gone] = inputs(1) as [DraftInput];
    await expect(uploadInputs([{ ...gone, file: null }], calls)).rejects.toThrow("0.png could not be sent");
  });
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
