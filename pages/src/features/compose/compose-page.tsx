/** Where a job is made up: the stage shows what goes into the kiln, the panel holds its parameters. */
import { useEffect, useMemo, useState } from "react";
import type { Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { PanelBody } from "../../components/panel-body.tsx";
import { usePageTitle } from "../../components/use-page-title.ts";
import { kindOf } from "../../kinds.ts";
import { InputStage } from "../inputs/input-stage.tsx";
import { SideInput } from "../inputs/side-input.tsx";
import { toFields } from "../parameters/form-model.ts";
import { type FormErrors, toFormErrors, toParams } from "../parameters/form-values.ts";
import { ParameterForm } from "../parameters/parameter-form.tsx";
import { loadModelViewer } from "../results/model-viewer-loader.ts";
import { TextStage } from "../text/text-stage.tsx";
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
import { SubmitBar } from "./submit-bar.tsx";
import { useSubmit } from "./use-submit.ts";

interface ComposePageProps {
  readonly type: JobTypeInfo;
  readonly draft: Draft | undefined;
  readonly onDraft: (change: (draft: Draft | undefined) => Draft) => void;
  readonly onCreated: (job: Job) => void;
}

export function ComposePage({ type, draft: kept, onDraft, onCreated }: ComposePageProps) {
  const fields = useMemo(() => toFields(type.paramsSchema), [type]);
  usePageTitle(type.title);
  const kind = kindOf(type.name);
  const draft = kept ?? emptyDraft(fields);
  const change = (to: (draft: Draft) => Draft) => onDraft((now) => to(now ?? emptyDraft(fields)));
  const inputs = workedOn(draft.inputs);
  const [errors, setErrors] = useState<FormErrors>({});
  const [complaint, setComplaint] = useState<string | null>(null);
  const { submission, submit, clear, stop } = useSubmit({
    onUploaded: (key, upload) => change((now) => withInput(now, key, (input) => ({ ...input, upload }))),
    onCreated,
    onInputsGone: (keys) => change((now) => keys.reduce((left, key) => withInput(left, key, () => null), now)),
  });
  const failure = submission.phase === "failed" ? submission.failure : null;
  // What the server says about a field is shown at the field.
  useEffect(() => {
    if (!failure) return;
    setErrors(toFormErrors(failure.fields));
    focusFirstMistake();
  }, [failure]);

  const start = () => {
    const { params, errors: mistakes } = toParams(fields, draft.values);
    const missing = inputs.length < type.inputs.min;
    setErrors(mistakes);
    setComplaint(missing ? `Choose ${kind?.wanted ?? "a file"} first.` : null);
    if (Object.keys(mistakes).length > 0) return focusFirstMistake();
    if (missing) return;
    // The viewer is fetched while the job runs, so that the model shows at once.
    if (type.outputs.some(({ name }) => name === "model.glb")) void loadModelViewer();
    void submit({ type: type.name, params, inputs: draft.inputs });
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
  const aside = type.inputs.min === 0 && type.inputs.max === 1;

  return (
    <main className="bench" id="main" tabIndex={-1}>
      {aside || !kind ? (
        <TextStage values={draft.values} font={inputs[0]?.file ?? null} />
      ) : (
        <InputStage kind={kind} accepted={type.inputs} inputs={inputs} complaint={complaint} onInputs={pick} />
      )}
      <form
        className="panel"
        aria-label={type.title}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <PanelBody
          foot={<SubmitBar submission={submission} action={kind?.action ?? type.title} onReset={reset} onStop={stop} />}
        >
          <header className="panel-head">
            <h1>{type.title}</h1>
            <p>{type.description}</p>
          </header>
          <ParameterForm
            fields={fields}
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

/** Moves the focus to the first wrong field, once it has been drawn as such. */
function focusFirstMistake(): void {
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>('.panel [aria-invalid="true"], .panel [data-invalid] input')?.focus(),
  );
}
