/** Keeps the form's parameters under a name. */
import { type KeyboardEvent, useId, useState } from "react";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { toFailure } from "../../api/failure.ts";
import { presetName } from "./preset-fill.ts";

interface SavePresetProps {
  readonly type: JobTypeInfo;
  readonly onSave: (name: string, title: string) => Promise<void>;
}

export function SavePreset({ type, onSave }: SavePresetProps) {
  const id = useId();
  const [title, setTitle] = useState<string | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  if (title === null) {
    return (
      <button type="button" className="button-link" onClick={() => setTitle("")}>
        Save as preset
      </button>
    );
  }
  const save = async () => {
    const named = title.trim();
    const name = presetName(named);
    if (named === "") return setFailed("Enter a name.");
    if (type.presets.some((builtIn) => builtIn.name === name))
      return setFailed("There is a preset of that name already.");
    try {
      await onSave(name, named);
      setTitle(null);
    } catch (error) {
      const { message, fields } = toFailure(error);
      setFailed([message, ...fields.map((field) => `${field.path} ${field.message}.`)].join(" "));
    }
  };
  // It stands in the job's form, which Enter must not send.
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Escape") setTitle(null);
    if (event.key !== "Enter") return;
    event.preventDefault();
    void save();
  };
  return (
    <>
      <div className="text-row">
        <input
          className="text-box"
          // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was just pressed.
          autoFocus
          id={id}
          value={title}
          maxLength={100}
          placeholder="Name of the preset"
          aria-label="Name of the preset"
          aria-invalid={failed !== null}
          aria-describedby={`${id}-problem`}
          onChange={(event) => setTitle(event.target.value)}
          onKeyDown={keys}
        />
        <button type="button" className="button-quiet" onClick={save}>
          Save
        </button>
      </div>
      <p className="field-hint" id={`${id}-problem`} role="alert" data-empty={!failed || undefined}>
        {failed ? <span className="field-error">{failed}</span> : null}
      </p>
    </>
  );
}
