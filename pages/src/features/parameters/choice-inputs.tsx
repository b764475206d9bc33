/** Enumerations: one of a few (a switch or cards), one of many (a select), several (chips or cards), and yes or no. */
import { Icon } from "../../components/icon.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { FieldFrame, type FieldProps, fieldIds } from "./field-frame.tsx";
import type { ChoiceField, ChoicesField, Option, ToggleField } from "./form-model.ts";
import { OptionCards } from "./option-cards.tsx";

/** What fits side by side on a phone. */
const MAX_SEGMENTS = 4;
const MAX_SEGMENT_CHARS = 26;
/** More cards than this would push the rest of the form out of sight. */
const MAX_CARDS = 6;

/** How one of several values is chosen: by how many there are, how long their words, and whether they need a note. */
export function choiceLook(options: readonly Option[]): "segmented" | "cards" | "select" {
  if (options.some(({ note }) => note !== null)) return options.length <= MAX_CARDS ? "cards" : "select";
  const chars = options.reduce((sum, { label }) => sum + label.length, 0);
  return options.length <= MAX_SEGMENTS && chars <= MAX_SEGMENT_CHARS ? "segmented" : "select";
}

export function ChoiceInput({ field, value, error, onChange }: FieldProps<ChoiceField, string>) {
  const ids = fieldIds(field.name);
  const absent = field.whenAbsent === null ? [] : [{ value: "", label: field.whenAbsent, note: null }];
  const options: readonly Option[] = [...absent, ...field.options];
  const look = choiceLook(options);
  if (look === "segmented") {
    return (
      <FieldFrame field={field} error={error} group>
        <Segmented choices={options} value={value} onChange={onChange} labelledBy={ids.label} describedBy={ids.hint} />
      </FieldFrame>
    );
  }
  if (look === "cards") {
    return (
      <FieldFrame field={field} error={error} group>
        <OptionCards
          options={options}
          chosen={[value]}
          several={false}
          onToggle={onChange}
          labelledBy={ids.label}
          describedBy={ids.hint}
        />
      </FieldFrame>
    );
  }
  const noted = options.some(({ note }) => note !== null);
  const select = (
    <span className="select">
      <select
        id={ids.input}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-describedby={ids.hint}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.note ? `${option.label} (${option.note})` : option.label}
          </option>
        ))}
      </select>
      <Icon name="chevron" />
    </span>
  );
  // Long words need the whole width.
  if (noted) {
    return (
      <FieldFrame field={field} error={error}>
        {select}
      </FieldFrame>
    );
  }
  return <FieldFrame field={field} error={error} aside={select} />;
}

export function ChoicesInput({ field, value, error, onChange }: FieldProps<ChoicesField, readonly string[]>) {
  const ids = fieldIds(field.name);
  const toggle = (option: string) =>
    onChange(field.options.map((known) => known.value).filter((known) => (known === option) !== value.includes(known)));
  if (field.options.some(({ note }) => note !== null)) {
    return (
      <FieldFrame field={field} error={error} group>
        <OptionCards
          options={field.options}
          chosen={value}
          several
          onToggle={toggle}
          labelledBy={ids.label}
          describedBy={ids.hint}
        />
      </FieldFrame>
    );
  }
  return (
    <FieldFrame field={field} error={error} group>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset can't be laid out as a flex row in every browser. */}
      <div className="chips" role="group" aria-labelledby={ids.label} aria-describedby={ids.hint}>
        {field.options.map((option) => (
          <label key={option.value} className="chip">
            <input type="checkbox" checked={value.includes(option.value)} onChange={() => toggle(option.value)} />
            <span>
              <Icon name="plus" />
              <Icon name="check" />
              {option.label}
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
