/** What the form starts from: the type's presets and the visitor's own, which can be saved, renamed and deleted here. */
import { useId, useRef, useState } from "react";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { toFailure } from "../../api/failure.ts";
import { ConfirmButton } from "../../components/confirm-button.tsx";
import { Icon } from "../../components/icon.tsx";
import type { Field } from "../parameters/form-model.ts";
import type { FormValues } from "../parameters/form-values.ts";
import { type AnyPreset, filledWith, freeName, presetOf, savedParams, titleProblem } from "./preset-fill.ts";
import { PresetName } from "./preset-name.tsx";
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
  const select = useRef<HTMLSelectElement>(null);
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
  const removePreset = async (name: string) => {
    setFailed(null);
    try {
      await remove(name);
      select.current?.focus();
    } catch (error) {
      setFailed(toFailure(error).message);
    }
  };
  const saved = savedParams(fields, values);
  const saveNew = async (title: string) => {
    const taken = [...type.presets, ...own].map(({ name }) => name);
    await save(freeName(title, taken), { title, params: saved.params });
    // The button that saves has gone: what was saved is chosen now.
    select.current?.focus();
  };
  return (
    <div className="field presets">
      <div className="field-head">
        <label className="field-label" htmlFor={id}>
          Start from
        </label>
        <span className="select">
          <select
            ref={select}
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
        {failed ? (
          <span className="field-error" role="alert">
            {failed}
          </span>
        ) : (
          chosen?.description
        )}
      </p>
      {mayChange && mine ? (
        <div className="preset-acts" key={mine.name}>
          <PresetName
            action="Rename"
            title={mine.title}
            problemOf={(title) =>
              titleProblem(
                title,
                all.filter(({ name }) => name !== mine.name),
              )
            }
            onName={(title) => save(mine.name, { title, description: mine.description, params: mine.params })}
          />
          <ConfirmButton
            className="button-link"
            label={`Delete the preset ${mine.title}`}
            question="Delete for good?"
            onConfirm={() => removePreset(mine.name)}
          >
            Delete
          </ConfirmButton>
        </div>
      ) : null}
      {mayChange && at === -1 ? (
        <PresetName
          action="Save as preset"
          title=""
          problemOf={(title) => saved.problem ?? titleProblem(title, all)}
          onName={saveNew}
        />
      ) : null}
    </div>
  );
}
