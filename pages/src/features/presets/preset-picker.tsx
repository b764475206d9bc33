/** What the form starts from: the type's presets and the visitor's own, which can be saved and deleted here. */
import { useId, useState } from "react";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { Icon } from "../../components/icon.tsx";
import type { Field } from "../parameters/form-model.ts";
import { type FormValues, toParams } from "../parameters/form-values.ts";
import { type AnyPreset, filledWith, presetOf } from "./preset-fill.ts";
import { SavePreset } from "./save-preset.tsx";
import { useOwnPresets } from "./use-own-presets.ts";

interface PresetPickerProps {
  readonly type: JobTypeInfo;
  readonly fields: readonly Field[];
  readonly values: FormValues;
  /** The visitor may have presets of their own, and change them. */
  readonly known: boolean;
  readonly mayChange: boolean;
  readonly onValues: (values: FormValues) => void;
}

const DEFAULTS: AnyPreset = { name: "", title: "The defaults", description: "", params: {} };

export function PresetPicker({ type, fields, values, known, mayChange, onValues }: PresetPickerProps) {
  const id = useId();
  const { presets: own, save, remove } = useOwnPresets(type.name, known);
  const [failed, setFailed] = useState<string | null>(null);
  const all: readonly AnyPreset[] = [DEFAULTS, ...type.presets, ...own];
  if (all.length === 1 && !known) return null;
  const at = presetOf(fields, values, all);
  const chosen = all[at];
  const mine = at > type.presets.length ? chosen : undefined;
  const options = (list: readonly AnyPreset[], from: number) =>
    list.map(({ name, title }, i) => (
      <option key={name} value={from + i}>
        {title}
      </option>
    ));
  const choose = (index: number) => {
    const preset = all[index];
    setFailed(null);
    if (preset) onValues(filledWith(fields, values, preset.params));
  };
  const removeMine = () => {
    if (mine) remove(mine.name).catch((error) => setFailed(error instanceof Error ? error.message : String(error)));
  };
  return (
    <div className="field presets">
      <div className="field-head">
        <label className="field-label" htmlFor={id}>
          Start from
        </label>
        <span className="select">
          <select
            id={id}
            value={at}
            aria-describedby={`${id}-hint`}
            onChange={(event) => choose(Number(event.target.value))}
          >
            {at === -1 ? <option value={-1}>Your settings</option> : null}
            {options([DEFAULTS, ...type.presets], 0)}
            {own.length > 0 ? <optgroup label="Your own">{options(own, 1 + type.presets.length)}</optgroup> : null}
          </select>
          <Icon name="chevron" />
        </span>
      </div>
      <p className="field-hint" id={`${id}-hint`} data-empty={(!failed && !chosen?.description) || undefined}>
        {failed ? <span className="field-error">{failed}</span> : chosen?.description}
      </p>
      {mayChange && mine ? (
        <button type="button" className="button-link" onClick={removeMine}>
          Delete the preset “{mine.title}”
        </button>
      ) : null}
      {mayChange && at === -1 ? (
        <SavePreset type={type} onSave={(name, title) => save(name, { title, params: savedParams(fields, values) })} />
      ) : null}
    </div>
  );
}

/** What is worth keeping: the parameters of the form but the text, which is the job's own; wrong ones are for the server to tell. */
function savedParams(fields: readonly Field[], values: FormValues): Record<string, unknown> {
  const kept = fields.filter(({ kind, required }) => !(kind === "text" && required));
  return toParams(kept, values).params;
}
