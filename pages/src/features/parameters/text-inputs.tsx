/** Text and colour. */
import { Segmented } from "../../components/segmented.tsx";
import { FieldFrame, type FieldProps, fieldIds } from "./field-frame.tsx";
import type { ColorField, TextField } from "./form-model.ts";

export function TextInput({ field, value, error, onChange }: FieldProps<TextField, string>) {
  const ids = fieldIds(field.name);
  const shared = {
    id: ids.input,
    value,
    "aria-invalid": error !== null,
    "aria-describedby": ids.hint,
    dir: "auto" as const,
  };
  const count =
    field.maxLength === null ? null : (
      <span className="unit">
        {value.length}/{field.maxLength}
      </span>
    );
  return (
    <FieldFrame field={field} error={error} aside={count}>
      {field.multiline ? (
        <textarea rows={2} {...shared} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input type="text" {...shared} onChange={(event) => onChange(event.target.value)} />
      )}
    </FieldFrame>
  );
}

/** What an optional colour becomes when it is switched on: the site's clay. */
const FIRST_COLOR = "#c9562f";
const KEEP = "keep";

/** A colour; one without a default can be left as the source has it. */
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
          { value: KEEP, label: "Original" },
          { value: "one", label: "One colour" },
        ]}
        value={value === "" ? KEEP : "one"}
        onChange={(choice) => onChange(choice === KEEP ? "" : FIRST_COLOR)}
        labelledBy={ids.label}
        describedBy={ids.hint}
      />
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
