/** A preset gets its name, or another one. */
import { type KeyboardEvent, useId, useState } from "react";
import { toFailure } from "../../api/failure.ts";
import { useFocusBack } from "../../components/use-focus-back.ts";

interface PresetNameProps {
  /** On the button that opens it: "Save as preset". */
  readonly action: string;
  /** What it is called now. */
  readonly title: string;
  /** What is wrong with a title, as a sentence; null when it is good. */
  readonly problemOf: (title: string) => string | null;
  readonly onName: (title: string) => Promise<void>;
}

const MAX_TITLE_CHARS = 100;

export function PresetName({ action, title: before, problemOf, onName }: PresetNameProps) {
  const id = useId();
  const [title, setTitle] = useState<string | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const opener = useFocusBack(title !== null);
  const close = () => {
    setFailed(null);
    setTitle(null);
  };
  if (title === null) {
    return (
      <button ref={opener} type="button" className="button-link" onClick={() => setTitle(before)}>
        {action}
      </button>
    );
  }
  const save = async () => {
    const named = title.trim();
    const problem = named === "" ? "Enter a name." : problemOf(named);
    if (problem) return setFailed(problem);
    try {
      await onName(named);
      close();
    } catch (error) {
      const { message, fields } = toFailure(error);
      setFailed([message, ...fields.map((field) => `${field.path} ${field.message}.`)].join(" "));
    }
  };
  // It stands in the job's form, which Enter must not send.
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    if (event.key !== "Enter") return;
    event.preventDefault();
    void save();
  };
  return (
    <div className="preset-name">
      <div className="text-row">
        <input
          className="text-box"
          // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was just pressed.
          autoFocus
          id={id}
          value={title}
          maxLength={MAX_TITLE_CHARS}
          placeholder="Name of the preset"
          aria-label="Name of the preset"
          aria-invalid={failed !== null}
          aria-describedby={`${id}-problem`}
          onFocus={(event) => event.target.select()}
          onChange={(event) => setTitle(event.target.value)}
          onKeyDown={keys}
        />
        <button type="button" className="button-quiet" onClick={save}>
          Save
        </button>
        <button type="button" className="button-quiet" onClick={close}>
          Cancel
        </button>
      </div>
      <p className="field-hint" id={`${id}-problem`} role="alert" data-empty={!failed || undefined}>
        {failed ? <span className="field-error">{failed}</span> : null}
      </p>
    </div>
  );
}
