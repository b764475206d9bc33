/** Where a job is made up: the stage shows what goes into the kiln, the panel holds its parameters. */
import { useEffect, useMemo, useState } from "react";
import type { Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { PanelBody } from "../../components/panel-body.tsx";
import { usePageTitle } from "../../components/use-page-title.ts";
import { loadModelViewer } from "../job/model-viewer-loader.ts";
import { LogoStage } from "../logo/logo-stage.tsx";
import { toFields } from "../parameters/form-model.ts";
import { type FormErrors, toFormErrors, toParams } from "../parameters/form-values.ts";
import { ParameterForm } from "../parameters/parameter-form.tsx";
import { FontInput } from "../text/font-input.tsx";
import { TextStage } from "../text/text-stage.tsx";
import { type Draft, type DraftInput, emptyDraft, withValue } from "./draft.ts";
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
  const draft = kept ?? emptyDraft(fields);
  const change = (to: (draft: Draft) => Draft) => onDraft((now) => to(now ?? emptyDraft(fields)));
  const setInput = (input: DraftInput | null) => change((now) => ({ ...now, input }));
  const [errors, setErrors] = useState<FormErrors>({});
  const [complaint, setComplaint] = useState<string | null>(null);
  const { submission, submit, clear } = useSubmit({
    onUploaded: (upload) => change((now) => (now.input ? { ...now, input: { ...now.input, upload } } : now)),
    onCreated,
    onInputGone: () => setInput(null),
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
    const missing = !draft.input && type.inputs.min > 0;
    setErrors(mistakes);
    setComplaint(missing ? `Choose a ${type.inputs.label.toLowerCase()} first.` : null);
    if (Object.keys(mistakes).length > 0) return focusFirstMistake();
    if (missing) return;
    // The viewer is fetched while the job runs, so that the model shows at once.
    void loadModelViewer();
    void submit({ type: type.name, params, input: draft.input });
  };
  const reset = () => {
    setErrors({});
    change((now) => ({ ...emptyDraft(fields), input: now.input }));
  };
  const pick = (input: DraftInput | null) => {
    setComplaint(null);
    clear();
    setInput(input);
  };

  return (
    <main className="bench" id="main" tabIndex={-1}>
      {type.name === "text-to-3d" ? (
        <TextStage values={draft.values} font={draft.input?.file ?? null} />
      ) : (
        <LogoStage inputs={type.inputs} input={draft.input} complaint={complaint} onInput={pick} />
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
        <PanelBody foot={<SubmitBar submission={submission} onReset={reset} />}>
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
          {type.inputs.min === 0 && type.inputs.max > 0 ? (
            <FontInput inputs={type.inputs} input={draft.input} onInput={pick} />
          ) : null}
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
