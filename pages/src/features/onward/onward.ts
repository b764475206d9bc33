/** What can be made of a job's result without sending it again: the result is the next job's input. Pure. */
import type { Job } from "#contract/job.ts";
import { chainableOutputs } from "#contract/job-types/job-type.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { KINDS, type Kind } from "../../kinds.ts";
import type { JobFile } from "../compose/draft.ts";

export interface Onward {
  readonly kind: Kind;
  readonly type: JobTypeInfo;
  readonly from: JobFile;
  /** Media type and size of the file; 0 bytes while it is not there. */
  readonly contentType: string;
  readonly bytes: number;
}

/**
 * The job types that take one of the job's main outputs, in the order of the menu. Of a finished job only files that it has
 * written count; of one that is still under way it is not known which there will be, so no file is named.
 */
export function onwardFrom(job: Pick<Job, "id" | "type" | "manifest">, types: readonly JobTypeInfo[]): Onward[] {
  const made = types.find(({ name }) => name === job.type);
  // Of an animation nobody wants the first frame, and photos of one thing are more than one picture.
  if (!made || job.type === "animate") return [];
  return KINDS.flatMap((kind): Onward[] => {
    const type = types.find(({ name }) => name === kind.type);
    if (!type || kind.photos || kind.type === job.type) return [];
    const outputs = chainableOutputs(made, type.inputs.accept);
    if (job.manifest === null) {
      const [first] = outputs;
      return first
        ? [{ kind, type, from: { job: job.id, artifact: null }, contentType: first.contentType, bytes: 0 }]
        : [];
    }
    const files = new Map(job.manifest.artifacts.map((file) => [file.name, file]));
    const file = outputs.map(({ name }) => files.get(name)).find((found) => found !== undefined);
    if (!file) return [];
    const from = { job: job.id, artifact: file.name };
    return [{ kind, type, from, contentType: file.contentType, bytes: file.bytes }];
  });
}
