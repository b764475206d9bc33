/** Where a job is made up: the stage shows what goes into the kiln, the panel holds its parameters. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { Batch } from "#contract/batch.ts";
import type { Caller } from "#contract/caller.ts";
import type { Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { tabStore } from "../../api/storage.ts";
import { PanelBody } from "../../components/panel-body.tsx";
import { usePageTitle } from "../../components/use-page-title.ts";
import { formFields, kindOf } from "../../kinds.ts";
import { mayHavePresets } from "../account/caller-words.ts";
import { InputStage } from "../inputs/input-stage.tsx";
import { SideInput } from "../inputs/side-input.tsx";
import { focusFirstMistake } from "../parameters/focus-mistake.ts";
import { type FormErrors, toFormErrors, toParams } from "../parameters/form-values.ts";
import { ParameterForm } from "../parameters/parameter-form.tsx";
import { PresetPicker } from "../presets/preset-picker.tsx";
import { loadModelViewer } from "../results/model-viewer-loader.ts";
import { TextStage } from "../text/text-stage.tsx";
import { brokenOffFiles } from "./broken-off.ts";
import { formatNames } from "./check-file.ts";
import {
  type Draft,
  type DraftInput,
  emptyDraft,
  inRole,
  withInput,
  withRole,
  withValue,
  withWorkedOn,
  workedOn,
} from "./draft.ts";
import { missingInputs } from "./missing-inputs.ts";
import { isOnePerJob } from "./one-per-job.ts";
import { PhotoTips } from "./photo-tips.tsx";
import { SubmitBar } from "./submit-bar.tsx";
import { useSubmit } from "./use-submit.ts";

interface ComposePageProps {
  readonly type: JobTypeInfo;
  /** Null while that is not known. */
  readonly caller: Caller | null;
  readonly draft: Draft | undefined;
  readonly onDraft: (change: (draft: Draft | undefined) => Draft) => void;
  readonly onCreated: (job: Job) => void;
  readonly onBatch: (batch: Batch, filenames: readonly string[]) => void;
}

export function ComposePage({ type, caller, draft: kept, onDraft, onCreated, onBatch }: ComposePageProps) {
  const fields = useMemo(() => formFields(type), [type]);
  usePageTitle(type.title);
  const kind = kindOf(type.name);
  const draft = kept ?? emptyDraft(fields);
  const change = (to: (draft: Draft) => Draft) => onDraft((now) => to(now ?? emptyDraft(fields)));
  const inputs = workedOn(draft.inputs);
  // Read before anything is sent.
  const [brokenOff] = useState(() => brokenOffFiles(tabStore(), type.name));
  const [errors, setErrors] = useState<FormErrors>({});
  const [complaint, setComplaint] = useState<string | null>(null);
  const { submission, submit, clear, stop } = useSubmit({
    onUploaded: (key, upload) => change((now) => withInput(now, key, (input) => ({ ...input, upload }))),
    onCreated,
    onBatch,
    onInputsGone: (keys) => change((now) => keys.reduce((left, key) => withInput(left, key, () => null), now)),
  });
  const failed = submission.phase === "failed" ? submission : null;
  const failure = failed?.failure ?? null;
  // What the server says about a field is shown at the field.
  useEffect(() => {
    if (!failure) return;
    setErrors(toFormErrors(failure.fields));
    focusFirstMistake();
  }, [failure]);

  // How the job was to be started, for another try.
  const asked = useRef<Readonly<Record<string, unknown>>>({});
  /** Starts with these files; `decided` are parameters that the form does not show. */
  const start = (all: readonly DraftInput[], decided: Readonly<Record<string, unknown>> = {}) => {
    asked.current = decided;
    const { params, errors: mistakes } = toParams(fields, draft.values);
    const missing = missingInputs(workedOn(all), type.inputs.min, kind);
    setErrors(mistakes);
    setComplaint(missing);
    if (Object.keys(mistakes).length > 0) return focusFirstMistake();
    if (missing) return;
    // The viewer is fetched while the job runs, so that the model shows at once.
    if (type.outputs.some(({ name }) => name === "model.glb")) void loadModelViewer();
    const separately = isOnePerJob(type.inputs) && workedOn(all).length > 1;
    const asks = { ...params, ...draft.carried, ...decided };
    void submit({ type: type.name, params: asks, inputs: all, repeats: draft.repeats, separately });
  };
  const photos = kind?.photos;
  // Nothing is strict about a look: it is to say what is wrong.
  const look = () => start(draft.inputs, photos ? { until: "check", strict: false } : {});
  const left = failed ? draft.inputs.filter(({ key }) => !failed.unsent.includes(key)) : draft.inputs;
  const without = () => {
    change((now) => failed?.unsent.reduce((rest, key) => withInput(rest, key, () => null), now) ?? now);
    start(left, asked.current);
  };
  const reset = () => {
    setErrors({});
    change((now) => ({ ...emptyDraft(fields), inputs: now.inputs }));
  };
  const picked = (to: (draft: Draft) => Draft) => {
    setComplaint(null);
    clear();
    change(to);
  };
  const pick = (chosen: readonly DraftInput[]) => picked((now) => withWorkedOn(now, chosen));
  const hasVideo = inputs.some((input) => input.type.startsWith("video/"));
  const interrupted = brokenOff > 0 && inputs.length === 0 ? brokenOffText(brokenOff) : null;
  const batch = isOnePerJob(type.inputs) && inputs.length > 1;
  const aside = type.inputs.min === 0 && type.inputs.max === 1;

  return (
    <main className="bench" id="main" tabIndex={-1}>
      {aside || !kind ? (
        <TextStage values={draft.values} font={inputs[0]?.file ?? null} />
      ) : (
        <InputStage
          kind={kind}
          accepted={type.inputs}
          inputs={inputs}
          complaint={complaint ?? interrupted}
          onInputs={pick}
        />
      )}
      <form
        className="panel"
        aria-label={type.title}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          look();
        }}
      >
        <PanelBody
          foot={
            <SubmitBar
              submission={submission}
              action={batch ? `Make all ${inputs.length}` : (photos?.look ?? kind?.action ?? type.title)}
              other={photos ? { action: photos.atOnce, onStart: () => start(draft.inputs) } : undefined}
              onReset={reset}
              onStop={stop}
              onAgain={() => start(draft.inputs, asked.current)}
              onWithout={missingInputs(workedOn(left), type.inputs.min, kind) ? null : without}
            />
          }
        >
          <header className="panel-head">
            <h1>{type.title}</h1>
            <p>{type.description}</p>
          </header>
          {photos ? <PhotoTips tips={photos.tips} /> : null}
          <PresetPicker
            type={type}
            fields={fields}
            values={draft.values}
            known={caller !== null && mayHavePresets(caller)}
            mayChange={caller !== null && mayHavePresets(caller) && caller.scopes.includes("write")}
            onValues={(values) => {
              setErrors({});
              change((now) => ({ ...now, values }));
            }}
          />
          <ParameterForm
            fields={fields.filter(({ name }) => hasVideo || !photos?.forVideo.includes(name))}
            values={draft.values}
            errors={errors}
            onChange={(name, value) => {
              setErrors(({ [name]: _fixed, ...rest }) => rest);
              change((now) => withValue(now, name, value));
            }}
          />
          {aside ? (
            <SideInput
              accepted={type.inputs}
              label={`Your own font: ${formatNames(type.inputs.extensions)}`}
              part={null}
              stray
              input={inputs[0] ?? null}
              onInput={(input) => pick(input ? [input] : [])}
            />
          ) : null}
          {type.inputs.roles.map((role) => (
            <SideInput
              key={role.name}
              accepted={{ ...role, maxBytes: type.inputs.maxBytes }}
              label={role.label}
              part={role.name}
              input={inRole(draft.inputs, role.name)}
              onInput={(input) => picked((now) => withRole(now, role.name, input))}
            />
          ))}
        </PanelBody>
      </form>
    </main>
  );
}

/** After a reload in the middle of an upload. */
function brokenOffText(files: number): string {
  const whose = files === 1 ? "Your file was" : `Your ${files} files were`;
  return `${whose} on the way when the page was left. Choose ${files === 1 ? "it" : "them"} again: what has arrived is not sent twice.`;
}
