/**
 * Models that are fetched at their first use: from a mirror on loopback, with the real rembg. The model is u2netp itself, and
 * the models folder is empty, so the checksum that has to fit is rembg's own.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CUTOUT_MODELS } from "../../../contract/job-types/cutout-models.ts";
import { loadLocalConfig } from "../../../gpu-runner/config.ts";
import { RembgEngine } from "../../../gpu-runner/engines/rembg/rembg-engine.ts";

const { rembg: options } = loadLocalConfig();
const PYTHON_DIR = fileURLToPath(new URL("../../../gpu-runner/python", import.meta.url));
const SIZE = { width: 8, height: 8, count: 1 };
let dir: string;
let modelsDir: string;
let weights: Buffer;
let server: Server;
let engine: RembgEngine;
let requests: string[];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-models-"));
  await chmod(dir, 0o777);
  weights = await readFile(join(options.modelsDir, "u2netp.onnx"));
  server = createServer((request, response) => {
    requests.push(request.url ?? "");
    answer(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  modelsDir = join(dir, "models");
  const modelsUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/weights/`;
  engine = new RembgEngine({ size: 1, scratchRoot: dir }, { ...options, modelsDir, modelsUrl });
});
beforeEach(async () => {
  requests = [];
  await rm(modelsDir, { recursive: true, force: true });
});
afterAll(async () => {
  await engine.close();
  server.close();
  await rm(dir, { recursive: true });
});

/** Asks for the mask of one small frame; the lines of the log are kept in `log`. */
async function maskOne(log: string[] = [], using = engine) {
  const framesPath = join(dir, "frames.rgb");
  await writeFile(framesPath, Buffer.alloc(8 * 8 * 3, 90));
  const run = {
    signal: AbortSignal.timeout(30_000),
    workDir: dir,
    tag: "t".repeat(32),
    timeoutMs: 30_000,
    onLog: (line: string) => void log.push(line),
  };
  return await using.maskFrames({ model: "u2netp", framesPath, masksPath: join(dir, "masks"), ...SIZE }, run);
}

describe("a model that is not in the models folder", () => {
  test("is fetched once for two jobs, under the name of its file, with progress, and stays", async () => {
    answer = (response) => response.writeHead(200, { "content-length": weights.length }).end(weights);
    const log: string[] = [];
    await Promise.all([maskOne(log), maskOne(log)]);
    expect(requests).toEqual(["/weights/u2netp.onnx"]);
    expect(log.filter((line) => line.startsWith("Fetch"))).toEqual([
      "Fetching the model u2netp (4.6 MB)",
      "Fetched the model u2netp: 4.6 MB",
    ]);
    expect(await readdir(modelsDir)).toEqual(["u2netp.onnx"]);
    expect((await readFile(join(modelsDir, "u2netp.onnx"))).equals(weights)).toBe(true);
    expect((await readFile(join(dir, "masks"))).length).toBe(64);
  });

  const REFUSALS: { title: string; respond: (response: ServerResponse) => void; message: RegExp }[] = [
    {
      title: "wrong bytes",
      respond: (response) => response.end(Buffer.alloc(1_000)),
      message: /is not the model u2netp: its checksum differs\. It was not kept/,
    },
    {
      title: "half a file",
      respond: (response) => {
        response.writeHead(200, { "content-length": weights.length });
        response.write(weights.subarray(0, weights.length / 2), () => response.destroy());
      },
      message: /could not be fetched from 127\.0\.0\.1:\d+: the connection failed.*KILN_MODELS_URL/,
    },
    {
      title: "no such file",
      respond: (response) => response.writeHead(404).end(),
      message:
        /could not be fetched from 127\.0\.0\.1:\d+: it answered 404.*put the file u2netp\.onnx into its models folder/,
    },
  ];
  for (const { title, respond, message } of REFUSALS) {
    test(`${title} from the server: told with what to do, and nothing is kept`, async () => {
      answer = respond;
      await expect(maskOne()).rejects.toMatchObject({
        code: "model_unavailable",
        retryable: true,
        message: expect.stringMatching(message),
      });
      expect(await readdir(modelsDir).catch(() => [])).toEqual([]);
      expect((await readdir(dir)).filter((name) => name.endsWith(".onnx"))).toEqual([]);
    });
  }

  test("a host that can't be reached: told at once, and the worker serves on", async () => {
    const closed = new RembgEngine(
      { size: 1, scratchRoot: dir },
      { ...options, modelsDir, modelsUrl: "http://127.0.0.1:9/" },
    );
    try {
      await expect(maskOne([], closed)).rejects.toMatchObject({
        code: "model_unavailable",
        message: expect.stringMatching(
          /^The model u2netp could not be fetched from 127\.0\.0\.1:9: the connection failed/,
        ),
      });
    } finally {
      await closed.close();
    }
    answer = (response) => response.end(weights);
    expect(await maskOne()).toMatchObject({ version: expect.stringMatching(/^rembg 2\.0\.86/) });
  });
});

test("rembg has every model that is offered, each with the address and checksum of its file", async () => {
  const program = `
import json, sys
sys.path.insert(0, sys.argv[1])
import model_files
print(json.dumps({name: vars(model_files.source_of(name)) for name in sys.argv[2:]}))`;
  const names = CUTOUT_MODELS.map(({ name }) => name);
  const { stdout } = await promisify(execFile)(options.python, ["-B", "-c", program, PYTHON_DIR, ...names]);
  const sources = JSON.parse(stdout) as Record<string, { url: string; known_hash: string; fname: string }>;
  for (const name of names) {
    expect(sources[name]).toEqual({
      url: expect.stringMatching(/^https:\/\/.+\.onnx$/),
      known_hash: expect.stringMatching(/^(md5:[0-9a-f]{32}|sha256:[0-9a-f]{64})$/),
      fname: `${name}.onnx`,
    });
  }
});

test("a damaged file in the models folder is told before it is used", async () => {
  answer = (response) => response.end(weights);
  const other = new RembgEngine({ size: 1, scratchRoot: dir }, { ...options, modelsDir: join(dir, "damaged") });
  try {
    await mkdir(join(dir, "damaged"));
    await writeFile(join(dir, "damaged", "u2netp.onnx"), weights.subarray(0, 100_000));
    await expect(maskOne([], other)).rejects.toMatchObject({
      code: "model_unavailable",
      message: expect.stringMatching(/u2netp in the models folder is damaged or another one\. Remove it/),
    });
  } finally {
    await other.close();
  }
});
