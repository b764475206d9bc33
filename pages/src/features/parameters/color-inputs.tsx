/** Colours: one, one that may be left to its source, and a palette. */
import { Icon } from "../../components/icon.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { FieldFrame, type FieldProps, fieldIds } from "./field-frame.tsx";
import type { ColorField, PaletteField } from "./form-model.ts";

/** What a colour is when it is added: the site's clay. */
const FIRST_COLOR = "#c9562f";
const ABSENT = "absent";

/** A colour; one without a default can be left absent. */
export function ColorInput({ field, value, error, onChange }: FieldProps<ColorField, string>) {
  const ids = fieldIds(field.name);
  const optional = field.default === null && !field.required;
  const picker = (
    <span className="color-box">
      <input
        type="color"
        aria-label={`${field.label}, picker`}
        value={toPickerColor(value)}
        onChange={(event) => onChange(event.target.value)}
      />
      <input
        id={ids.input}
        type="text"
        spellCheck={false}
        maxLength={7}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={error !== null}
        aria-describedby={ids.hint}
      />
    </span>
  );
  if (!optional) return <FieldFrame field={field} error={error} aside={picker} />;
  return (
    <FieldFrame field={field} error={error} aside={value === "" ? null : picker} group={value === ""}>
      <Segmented
        choices={[
          { value: ABSENT, label: field.whenAbsent ?? "Original" },
          { value: "one", label: "One colour" },
        ]}
        value={value === "" ? ABSENT : "one"}
        onChange={(choice) => onChange(choice === ABSENT ? "" : FIRST_COLOR)}
        labelledBy={ids.label}
        describedBy={ids.hint}
      />
    </FieldFrame>
  );
}

/** Any number of colours: each can be changed and taken out. */
export function PaletteInput({ field, value, error, onChange }: FieldProps<PaletteField, readonly string[]>) {
  const ids = fieldIds(field.name);
  const full = field.max !== null && value.length >= field.max;
  return (
    <FieldFrame field={field} error={error} group>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset can't be laid out as a flex row in every browser. */}
      <div className="palette" role="group" aria-labelledby={ids.label} aria-describedby={ids.hint}>
        {value.map((color, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: colours have no other identity, and may be equal.
          <span key={i} className="palette-color">
            <input
              type="color"
              aria-label={`Colour ${i + 1}, ${color}`}
              title={color}
              value={toPickerColor(color)}
              onChange={(event) => onChange(value.with(i, event.target.value))}
            />
            <button type="button" aria-label={`Take out ${color}`} onClick={() => onChange(value.toSpliced(i, 1))}>
              <Icon name="cross" />
            </button>
          </span>
        ))}
        <button
          type="button"
          className="palette-add"
          aria-disabled={full}
          onClick={() => (full ? undefined : onChange([...value, FIRST_COLOR]))}
        >
          <Icon name="plus" />
          {value.length === 0 ? "Add a colour" : "Add"}
        </button>
      </div>
    </FieldFrame>
  );
}

/** The browser's picker takes `#rrggbb` only. */
function toPickerColor(value: string): string {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(value);
  if (short)
    return `#${short
      .slice(1)
      .map((digit) => digit + digit)
      .join("")}`;
  return /^#[0-9a-f]{6}$/i.test(value) ? value : "#000000";
}
