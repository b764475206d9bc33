/** Text. */
import { FieldFrame, type FieldProps, fieldIds } from "./field-frame.tsx";
import type { TextField } from "./form-model.ts";

export function TextInput({ field, value, error, onChange }: FieldProps<TextField, string>) {
  const ids = fieldIds(field.name);
  const shared = {
    id: ids.input,
    value,
    "aria-invalid": error !== null,
    "aria-describedby": ids.hint,
    dir: "auto" as const,
    placeholder: field.whenAbsent ?? undefined,
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
