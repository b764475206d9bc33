/** The shape of a job type's definition. What a runner does for it lives in `gpu-runner/jobs/<name>/`. */
import type { z } from "zod";

/** An output a job type can write. Only these names are accepted as artifacts of the type. */
export interface OutputDefinition {
  /** `{n}` in it stands for a number of four digits, from 0001: an output for each of many inputs. */
  readonly name: string;
  readonly contentType: string;
  readonly description: string;
  /**
   * What a user ran the job for, as opposed to previews, masks and reports. A job that is given this one without a file's
   * name takes the first main output it can use, in the order of the list.
   */
  readonly main?: boolean;
  /** An empty file is a result too. Of any other output it is a fault of the engine. */
  readonly mayBeEmpty?: boolean;
}

/** A file with a part of its own beside the inputs that are worked on, e.g. a picture to put behind a subject. */
export interface InputRole {
  readonly name: string;
  readonly label: string;
  readonly accept: readonly string[];
  readonly extensions: readonly string[];
}

/** Parameters that go well together for one purpose. */
export interface BuiltInPreset {
  /** As `presetNameSchema`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Some of the type's parameters; the others keep their defaults. */
  readonly params: Readonly<Record<string, unknown>>;
}

export interface JobTypeDefinition {
  readonly name: string;
  /** Raised whenever the same input and params give another result. */
  readonly version: number;
  readonly title: string;
  readonly description: string;
  /** The pool its jobs are queued in. */
  readonly pool: string;
  /**
   * A strict object schema. A parameter that is optional has a default, or `whenAbsent`: what its absence means, in a
   * word or two. Besides `title`, `description` and `unit`, the metadata may hold hints for forms: `advanced: true`
   * (rarely changed), `onlyIf: { other: [values] }` (without effect unless the other parameter has one of these values;
   * several others must all agree) and `choices: { value: { title, note } }` (what the values of an enum are).
   */
  readonly params: z.ZodObject;
  /** What a submission may name as its `preset`; parameters that are given beside it win. */
  readonly presets: readonly BuiltInPreset[];
  readonly inputs: {
    readonly min: number;
    readonly max: number;
    /** What to call an input, e.g. "Logo". */
    readonly label: string;
    /** Media types. The runner decides by content, never by the name. */
    readonly accept: readonly string[];
    readonly extensions: readonly string[];
    /** Of one file. What may be uploaded at all is for the operator to say, and less as a rule. */
    readonly maxBytes: number;
    /** At most one file each, given beside the inputs and not counted by `min` and `max`. */
    readonly roles?: readonly InputRole[];
  };
  /** Stages in order; `weight` is the share of the time a stage usually takes and makes the job's percentage. */
  readonly stages: readonly { readonly name: string; readonly title: string; readonly weight: number }[];
  readonly outputs: readonly OutputDefinition[];
  /** False where an equal job must run again. Of all others, it takes the result that is there. */
  readonly cacheable?: false;
  /** Wall seconds one attempt may take unless the job's policy says otherwise. */
  readonly timeoutS: number;
}

/** What a preset of the type may hold: any of its parameters, none of them needed. */
export function presetParams({ params }: Pick<JobTypeDefinition, "params">): z.ZodObject {
  return params.partial();
}

/** The output definition an artifact's name belongs to, or undefined. */
export function findOutput(type: Pick<JobTypeDefinition, "outputs">, name: string): OutputDefinition | undefined {
  const template = name.replace(/\d{4}/, "{n}");
  return type.outputs.find((output) => output.name === name || output.name === template);
}

/** The media types that an input of the type may have: those of its role, or of the files that are worked on. */
export function acceptedTypes(type: Pick<JobTypeDefinition, "inputs">, role: string | null): readonly string[] {
  if (role === null) return type.inputs.accept;
  return type.inputs.roles?.find(({ name }) => name === role)?.accept ?? [];
}

/** Whether a media type, with or without parameters, is one of those accepted. */
export function isAccepted(accept: readonly string[], contentType: string): boolean {
  const bare = (contentType.split(";")[0] as string).trim().toLowerCase();
  return accept.some((taken) => taken === "*/*" || taken === bare);
}

/** The main outputs of a type that an input can be, the preferred one first. */
export function chainableOutputs(
  from: Pick<JobTypeDefinition, "outputs">,
  accept: readonly string[],
): readonly OutputDefinition[] {
  return from.outputs.filter(({ main, contentType }) => main === true && isAccepted(accept, contentType));
}

/** The name of output number `n` (from 1) of a numbered output: `before-{n}.webp` → `before-0001.webp`. */
export function numberedName(template: string, n: number): string {
  return template.replace("{n}", String(n).padStart(4, "0"));
}
