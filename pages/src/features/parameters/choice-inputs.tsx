/** Enumerations: one of a few (a switch), one of many (a select), several (chips), and yes or no. */
import { Icon } from "../../components/icon.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { FieldFrame, type FieldProps, fieldIds } from "./field-frame.tsx";
import { type ChoiceField, type ChoicesField, optionLabel, type ToggleField } from "./form-model.ts";

/** More than this many choices, or longer words, don't fit side by side on a phone. */
const MAX_SEGMENTS = 4;

export function ChoiceInput({ field, value, error, onChange }: FieldProps<ChoiceField, string>) {
  const ids = fieldIds(field.name);
  const choices = field.options.map((option) => ({ value: option, label: optionLabel(option) }));
  if (choices.length <= MAX_SEGMENTS) {
    return (
      <FieldFrame field={field} error={error} group>
        <Segmented choices={choices} value={value} onChange={onChange} labelledBy={ids.label} describedBy={ids.hint} />
      </FieldFrame>
    );
  }
  const select = (
    <span className="select">
      <select
        id={ids.input}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-describedby={ids.hint}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
      <Icon name="chevron" />
    </span>
  );
  return <FieldFrame field={field} error={error} aside={select} />;
}

export function ChoicesInput({ field, value, error, onChange }: FieldProps<ChoicesField, readonly string[]>) {
  const ids = fieldIds(field.name);
  const toggle = (option: string) =>
    onChange(field.options.filter((known) => (known === option) !== value.includes(known)));
  return (
    <FieldFrame field={field} error={error} group>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset can't be laid out as a flex row in every browser. */}
      <div className="chips" role="group" aria-labelledby={ids.label} aria-describedby={ids.hint}>
        {field.options.map((option) => (
          <label key={option} className="chip">
            <input type="checkbox" checked={value.includes(option)} onChange={() => toggle(option)} />
            <span>
              <Icon name="plus" />
              <Icon name="check" />
              {option.toUpperCase()}
            </span>
          </label>
        ))}
      </div>
    </FieldFrame>
  );
}

export function ToggleInput({ field, value, error, onChange }: FieldProps<ToggleField, boolean>) {
  const ids = fieldIds(field.name);
  const box = (
    <input
      id={ids.input}
      className="switch"
      type="checkbox"
      role="switch"
      aria-checked={value}
      checked={value}
      onChange={(event) => onChange(event.target.checked)}
      aria-describedby={ids.hint}
    />
  );
  return <FieldFrame field={field} error={error} aside={box} />;
}
