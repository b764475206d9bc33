/**
 * `npm run bench -- large-upload [--mb 1000]`: one large file through the local stack, as a user sends it: `kiln run echo
 * FILE` is killed in the middle of the upload and called again. Then the job gives the file back. Printed are times, bytes that
 * were sent twice, the memory of each process, and whether what comes back has the SHA-256 of what was sent; exit code 1 when it
 * has not. It needs four times the file's size on the disk.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Kiln, newSession } from "#client/index.ts";
import { UPLOAD_HARD_MAX_BYTES } from "#contract/limits.ts";
import { startStack } from "../../scripts/stack/stack.ts";
import { residentMemory, workerdOf } from "./workerd-memory.ts";

const CLI = join(import.meta.dirname, "../../cli/kiln.ts");
const BLOCK_BYTES = 4_000_000;
/** The command is killed once so much has been sent. */
const KILLED_AT = 0.5;
/** What is asked for of the result's end. */
const RANGE_BYTES = 1_000_000;
const RESULT = "input-1.bin";
/** The upload, what the runner fetches, what it makes, the result. */
const COPIES = 4;

const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

/** What one call of the command came to. */
interface CommandRun {
  readonly seconds: number;
  readonly peakBytes: number;
  /** Bytes that it found on the server when it began. */
  readonly foundBytes: number;
  /** The job that it has submitted; null when it was killed before. */
  readonly jobId: string | null;
}

/** A file of random bytes, none of whose blocks is like another. */
async function writeFileOf(path: string, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "wx");
  try {
    for (let left = bytes; left > 0; left -= BLOCK_BYTES) {
      const block = randomBytes(Math.min(left, BLOCK_BYTES));
      hash.update(block);
      await file.write(block);
    }
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}

interface Sender {
  readonly api: string;
  readonly session: string;
  readonly file: string;
  /** Where the command keeps what it remembers. */
  readonly home: string;
}

/** `kiln run echo FILE`, killed once `killAt` bytes are sent, or as soon as it has submitted the job. */
async function sendByCommand({ api, session, file, home }: Sender, killAt: number): Promise<CommandRun> {
  const begun = performance.now();
  const child = spawn(process.execPath, [CLI, "run", "echo", file, "--json", "--api", api, "-o", join(home, "out")], {
    env: { ...process.env, HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home, KILN_SESSION: session },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  let [peakBytes, foundBytes, jobId]: [number, number | null, string | null] = [0, null, null];
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { kind: string; sentBytes?: number; job?: { id: string } };
    peakBytes = Math.max(peakBytes, await peakOf(child));
    if (said.kind === "upload") foundBytes ??= said.sentBytes ?? 0;
    if (said.kind === "job") jobId = said.job?.id ?? null;
    if (jobId !== null || (said.sentBytes ?? 0) >= killAt) child.kill("SIGKILL");
  }
  await exited;
  return { seconds: (performance.now() - begun) / 1000, peakBytes, foundBytes: foundBytes ?? 0, jobId };
}

/** The most memory that a process has had; 0 when it has just ended. */
async function peakOf({ pid }: Pick<ChildProcess, "pid">): Promise<number> {
  const memory = await residentMemory(pid as number).catch(() => null);
  return memory?.peakBytes || 0;
}

interface Stored {
  readonly sha256: string;
  readonly bytes: number;
}

/** SHA-256 and length of what a stream brings. */
async function hashOf({ body }: Response): Promise<Stored> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of body as ReadableStream<Uint8Array>) {
    hash.update(piece);
    bytes += piece.byteLength;
  }
  return { sha256: hash.digest("hex"), bytes };
}

/** The job's file: all of it, and its last bytes by a range of its signed URL. */
async function readBack(kiln: Kiln, jobId: string, session: string): Promise<{ whole: Stored; range: string }> {
  const job = await kiln.wait(jobId);
  if (job.state !== "succeeded") throw new Error(`The job ${job.state}: ${job.error?.message}`);
  const whole = await hashOf(await kiln.download(job, RESULT));
  const headers = { "Kiln-Session": session, Range: `bytes=${whole.bytes - RANGE_BYTES}-` };
  const ranged = await fetch(kiln.artifactUrl(jobId, RESULT), { headers });
  const { bytes } = await hashOf(ranged);
  return { whole, range: `${ranged.status}, ${ranged.headers.get("Content-Range")}, ${bytes} bytes` };
}

/** Prints what it comes to; 0 when the file comes back as it was. */
export async function benchLargeUpload(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { mb: { type: "string" } } });
  const fileBytes = Number(values.mb ?? 1000) * 1e6;
  if (!(fileBytes >= 1e8 && fileBytes <= UPLOAD_HARD_MAX_BYTES)) throw new Error("--mb takes 100 to 5000");
  const folder = await mkdtemp(join(tmpdir(), "kiln-bench-large-"));
  try {
    const disk = await statfs(folder);
    if (disk.bavail * disk.bsize < fileBytes * COPIES)
      throw new Error(`${tmpdir()} has less than ${mb(fileBytes * COPIES)} left`);
    return await sendAndReadBack(folder, fileBytes);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function sendAndReadBack(folder: string, fileBytes: number): Promise<number> {
  const file = join(folder, "large.bin");
  const sha256 = await writeFileOf(file, fileBytes);
  const session = newSession();
  const stack = await startStack({
    port: 0,
    stateDir: join(folder, "state"),
    runners: 1,
    site: false,
    runnerEnv: { KILN_JOB_TYPES: "echo", KILN_WORK_DIR: join(folder, "work") },
    workerVariables: { ANON_MAX_UPLOAD_BYTES: "0" },
  });
  try {
    const workerd = { pid: await workerdOf(process.pid) };
    const sender = { api: stack.url, session, file, home: join(folder, "home") };
    const killed = await sendByCommand(sender, fileBytes * KILLED_AT);
    const resumed = await sendByCommand(sender, Number.POSITIVE_INFINITY);
    if (resumed.jobId === null) throw new Error("The command has submitted no job.");
    const sent = `killed after ${killed.seconds.toFixed(1)} s; ${mb(resumed.foundBytes)} were there when it was called again`;
    console.log(`${fileBytes} bytes: ${sent}, which took ${resumed.seconds.toFixed(1)} s`);
    console.log(
      `memory so far: workerd ${mb(await peakOf(workerd))}, command ${mb(killed.peakBytes)}, again ${mb(resumed.peakBytes)}`,
    );
    await rm(file);
    const begun = performance.now();
    const { whole, range } = await readBack(new Kiln({ api: stack.url, session }), resumed.jobId, session);
    const memory = `workerd ${mb(await peakOf(workerd))}, runner ${mb(await peakOf(stack.runners[0] as { pid?: number }))}`;
    console.log(
      `the job and its file: ${((performance.now() - begun) / 1000).toFixed(1)} s; ${memory}; its end: ${range}`,
    );
    const isSame = whole.sha256 === sha256 && whole.bytes === fileBytes;
    console.log(`${isSame ? "PASS" : "FAIL"} sent ${sha256}, came back ${whole.sha256}`);
    return isSame ? 0 : 1;
  } finally {
    await stack.stop();
  }
}
