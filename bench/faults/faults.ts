/** The faults: what goes wrong, when, and for whom. Each acts on a round's scene and resolves when it has happened. */
import { existsSync } from "node:fs";
import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { FAN_OUT_FAULTS } from "./fan-out-faults.ts";
import { expectNothingLeft, type Fault, isLease, isMiddle, named, type Scene } from "./fault.ts";
import type { Moment, SeenCall } from "./fault-proxy.ts";

/** The victim is killed at that moment of that call. */
function killedAt(name: string, moment: Moment, fits: (call: SeenCall) => boolean): Fault {
  return {
    name: `killed ${name}`,
    async run({ rig, victim, submit, hit }) {
      const sprung = victim.proxy.once(moment, fits, () => {
        rig.kill(victim);
        return "drop";
      });
      await submit();
      await sprung;
      hit();
    },
  };
}

/** The answer of that call never reaches the victim, whose connection breaks. */
function answerLost(name: string, fits: (call: SeenCall) => boolean): Fault {
  return {
    name: `answer of ${name} lost`,
    async run({ victim, submit, hit }) {
      const sprung = victim.proxy.once("answered", fits, () => "drop");
      await submit();
      await sprung;
      hit();
    },
  };
}

/** The victim's network swallows everything from the middle of its job on. */
function blackHole(name: string, lasts: (leaseMs: number) => number): Fault {
  return {
    name: `network silent ${name}`,
    async run({ rig, victim, submit, hit, ended }) {
      const sprung = victim.proxy.once("told", isMiddle, () => {
        victim.proxy.swallow();
        return undefined;
      });
      await submit();
      await sprung;
      hit();
      await sleep(lasts(rig.leaseMs));
      if (lasts(rig.leaseMs) > rig.leaseMs) await ended();
      victim.proxy.heal();
    },
  };
}

/** The victim stands still from the middle of its job on, until another one has done it; then it goes on. */
const stopped: Fault = {
  name: "stopped (SIGSTOP) beyond its lease",
  async run(scene) {
    const { rig, victim, submit, hit, ended, complain } = scene;
    const pid = victim.process.pid ?? 0;
    const sprung = victim.proxy.once("told", isMiddle, () => {
      process.kill(pid, "SIGSTOP");
      return undefined;
    });
    await submit();
    await sprung;
    hit();
    const stale = victim.proxy.calls.findLast(isLease)?.answer as { jobId: string; leaseId: string };
    try {
      await ended();
      // Nothing a stale lease asks for is granted, whoever asks.
      for (const [call, body] of staleCalls(stale.leaseId)) {
        const status = await rig.askAsRunner(`jobs/${stale.jobId}/${call}`, body);
        if (status !== 409) complain(`${call} of a stale lease was answered ${status}`);
      }
    } finally {
      victim.proxy.calls.length = 0;
      process.kill(pid, "SIGCONT");
    }
    await expectNothingLeft(scene);
    for (const { name, body, status } of victim.proxy.calls) {
      // None that was answered: the runner itself gives a call up when it finds its lease over.
      const isGranted = status !== null && status !== 409;
      if (body.leaseId === stale.leaseId && isGranted) complain(`a stale ${name} was answered ${status}`);
    }
  },
};

function staleCalls(leaseId: string): [string, object][] {
  const error = { code: "internal", message: "late" };
  return [
    ["extend", { leaseId }],
    ["fail", { leaseId, error, retryable: false }],
    ["release", { leaseId, reason: "shutdown" }],
    ["artifacts", { leaseId, name: "echo.txt", bytes: 1, sha256: "0".repeat(64), contentType: "text/plain" }],
  ];
}

const idle: Fault = {
  name: "killed idle",
  async run({ rig, victim, submit, hit }) {
    rig.kill(victim);
    hit();
    await submit();
  },
};

const told: Fault = {
  name: "told to stop (SIGTERM) in the middle",
  async run({ rig, victim, submit, hit }) {
    const sprung = victim.proxy.once("told", isMiddle, () => undefined);
    await submit();
    await sprung;
    hit();
    await rig.retire(victim);
  },
};

/** The disk is full from before the download on, until the victim has given the attempt up. */
const diskFull: Fault = {
  name: "disk full in the workspace",
  missing: ({ hasOwnDisk }) => (hasOwnDisk ? null : "no file system of a small size can be mounted here"),
  async run({ rig, victim, submit, hit }) {
    const free = await rig.fillDisk();
    const failed = victim.proxy.once("told", named("fail"));
    await submit();
    await failed;
    await free();
    hit();
  },
};

const workerKilled: Fault = {
  name: "Worker killed in the middle, started again",
  async run({ rig, victim, submit, hit }) {
    const sprung = victim.proxy.once("told", isMiddle);
    await submit();
    await sprung;
    hit();
    rig.killWorker();
    await rig.stack.restartWorker();
  },
};

const workerKilledAtComplete: Fault = {
  name: "Worker killed as it answers complete",
  async run({ rig, victim, submit, hit }) {
    const sprung = victim.proxy.once("answered", named("complete"), () => {
      rig.killWorker();
      return "drop";
    });
    await submit();
    await sprung;
    hit();
    await rig.stack.restartWorker();
  },
};

/** R2 can't write from the first upload of a result on, until it has refused two. Users upload meanwhile. */
const bucketBroken: Fault = {
  name: "R2 can't write",
  async run(scene) {
    const { rig, victim, submit, hit } = scene;
    const away = `${rig.bucketDir}.away`;
    const broken = Promise.withResolvers<void>();
    const sprung = victim.proxy.once("before", named("artifacts"), () => {
      broken.resolve(breakBucket(rig.bucketDir, away));
      return undefined;
    });
    await submit();
    await sprung;
    await broken.promise;
    hit();
    const uploads = UPLOAD_BYTES.map((bytes) => uploadAsUser(scene, bytes));
    const refused = (call: SeenCall) => call.name === "upload" && (call.status ?? 0) >= 500;
    await victim.proxy.until((calls) => calls.filter(refused).length >= 2);
    await mendBucket(rig.bucketDir, away);
    await Promise.all(uploads);
  },
};

/** The local R2 refuses small files at once, and says nothing of those that it has begun to read. */
const UPLOAD_BYTES = [100, 300_000];

/** A user's upload arrives in the end, and nobody has to begin it anew. */
async function uploadAsUser({ rig, complain }: Scene, bytes: number): Promise<void> {
  try {
    const { state } = await rig.kiln.upload(new Blob([new Uint8Array(bytes)]), { filename: "user.bin" });
    if (state !== "complete") complain(`a user's upload of ${bytes} bytes is ${state}`);
  } catch (error) {
    complain(`a user's upload of ${bytes} bytes failed: ${(error as Error).message}`);
  }
}

/** A file stands where R2 keeps the bytes. */
async function breakBucket(dir: string, away: string): Promise<void> {
  if (!existsSync(away)) {
    await mkdir(dir, { recursive: true });
    await rename(dir, away);
  }
  await writeFile(`${dir}.file`, "");
  await rename(`${dir}.file`, dir);
}

/** The bytes are back, by a link: only a file can be replaced in one step, before R2 makes a new folder. */
async function mendBucket(dir: string, away: string): Promise<void> {
  await symlink(away, `${dir}.link`);
  await rename(`${dir}.link`, dir);
}

/** No fault: both runners go for all jobs at the same time. */
const race: Fault = {
  name: "two runners at once",
  async run({ submit, hit }) {
    hit();
    await submit();
  },
};

export const FAULTS: readonly Fault[] = [
  killedAt("after lease, answer not told", "answered", isLease),
  killedAt("after lease", "told", isLease),
  killedAt("during download", "halfway", named("download")),
  killedAt("at engine start", "before", named("progress")),
  killedAt("in the middle", "told", isMiddle),
  killedAt("during upload 1/2", "halfway", named("upload")),
  killedAt("after upload", "told", named("upload")),
  killedAt("as complete is sent", "before", named("complete")),
  killedAt("before complete is answered", "answered", named("complete")),
  killedAt("after complete", "told", named("complete")),
  idle,
  told,
  stopped,
  blackHole("longer than the lease", (leaseMs) => leaseMs * 1.5),
  blackHole("shorter than the lease", (leaseMs) => leaseMs * 0.4),
  answerLost("lease", isLease),
  answerLost("complete", named("complete")),
  answerLost("upload", named("upload")),
  diskFull,
  workerKilled,
  workerKilledAtComplete,
  bucketBroken,
  race,
  ...FAN_OUT_FAULTS,
];
