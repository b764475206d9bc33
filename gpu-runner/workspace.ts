/**
 * The folders of one attempt: inputs, scratch, outputs. Fresh for every attempt, mode 0700, always removed; what a killed
 * runner left behind is swept by `process/scratch.ts`. Files carry generated names: a user's file name never is a path.
 */
import { chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { probeSandbox } from "./process/sandbox.ts";
import { makeScratchDir, removeScratchDir } from "./process/scratch.ts";

const INPUT_DIGITS = 6;

export class Workspace {
  readonly dir: string;
  readonly inputsDir: string;
  readonly workDir: string;
  readonly outDir: string;
  readonly #uid: number | null;

  private constructor(dir: string, uid: number | null) {
    this.dir = dir;
    this.inputsDir = join(dir, "in");
    this.workDir = join(dir, "work");
    this.outDir = join(dir, "out");
    this.#uid = uid;
  }

  /** Makes a workspace under `root`, owned by the uid that children run as. */
  static async create(root: string): Promise<Workspace> {
    const { uid } = await probeSandbox();
    const workspace = new Workspace(await makeScratchDir(root, "attempt", uid), uid);
    for (const dir of [workspace.inputsDir, workspace.workDir, workspace.outDir]) {
      await mkdir(dir, { mode: 0o700 });
      await workspace.giveToChildren(dir);
    }
    return workspace;
  }

  /** Where input number `index` (from 0) goes: `000001.bin` … */
  inputPath(index: number): string {
    return join(this.inputsDir, `${String(index + 1).padStart(INPUT_DIGITS, "0")}.bin`);
  }

  /** Lets children read a file or folder that the runner made. */
  async giveToChildren(path: string): Promise<void> {
    if (this.#uid !== null) await chown(path, this.#uid, this.#uid);
  }

  /** Removes all of it. */
  remove(): Promise<void> {
    return removeScratchDir(this.dir);
  }
}
