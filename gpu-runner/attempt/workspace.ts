/**
 * The folders of one attempt: inputs, scratch, outputs, which are the children's, and one that is the runner's own. Fresh
 * for every attempt, mode 0700, always removed; what a killed runner left behind is swept by `process/scratch.ts`. Files
 * carry generated names: a user's file name never is a path.
 */
import { chmod, chown, mkdir, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { probeSandbox } from "../process/sandbox.ts";
import { makeScratchDir, removeScratchDir } from "../process/scratch.ts";

const INPUT_DIGITS = 6;

export class Workspace {
  readonly dir: string;
  readonly inputsDir: string;
  readonly workDir: string;
  readonly outDir: string;
  readonly #ownDir: string;
  readonly #uid: number | null;
  #privateFiles = 0;

  private constructor(dir: string, uid: number | null) {
    this.dir = dir;
    this.inputsDir = join(dir, "in");
    this.workDir = join(dir, "work");
    this.outDir = join(dir, "out");
    this.#ownDir = join(dir, "own");
    this.#uid = uid;
  }

  /** Makes a workspace under `root`. Its folders belong to the uid that children run as, but can't be replaced by it. */
  static async create(root: string): Promise<Workspace> {
    const { uid } = await probeSandbox();
    const workspace = new Workspace(await makeScratchDir(root, "attempt"), uid);
    await chmod(workspace.dir, 0o711);
    await mkdir(workspace.#ownDir, { mode: 0o700 });
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

  /** A new path where children of another uid can neither look nor put anything. */
  privatePath(): string {
    return join(this.#ownDir, String(this.#privateFiles++));
  }

  /** Throws when `path` leads out of the workspace through a link in its folders. The last part is not followed. */
  async assertInside(path: string): Promise<void> {
    const [dir, inside] = await Promise.all([realpath(this.dir), realpath(dirname(path))]);
    if (!`${inside}${sep}`.startsWith(`${dir}${sep}`)) throw new Error("not a file of the workspace");
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
