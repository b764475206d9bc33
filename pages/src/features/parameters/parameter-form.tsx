/** The form of a job type: all fields that have an effect now, the rarely changed ones folded. */
import { BytesInput } from "./bytes-input.tsx";
import { ChoiceInput, ChoicesInput, ToggleInput } from "./choice-inputs.tsx";
import { ColorInput, PaletteInput } from "./color-inputs.tsx";
import type { Field } from "./form-model.ts";
import { type FieldValue, type FormErrors, type FormValues, isActive } from "./form-values.ts";
import { NumberInput } from "./number-input.tsx";
import { TextInput } from "./text-input.tsx";

interface ParameterFormProps {
  readonly fields: readonly Field[];
  readonly values: FormValues;
  readonly errors: FormErrors;
  readonly onChange: (name: string, value: FieldValue) => void;
}

export function ParameterForm({ fields, values, errors, onChange }: ParameterFormProps) {
  const shown = fields.filter((field) => isActive(field, values));
  const advanced = shown.filter((field) => field.advanced);
  const row = (field: Field) => (
    <FieldInput
      key={field.name}
      field={field}
      value={values[field.name] ?? ""}
      error={errors[field.name] ?? null}
      onChange={(value) => onChange(field.name, value)}
    />
  );
  return (
    <div className="parameters">
      {shown.filter((field) => !field.advanced).map(row)}
      {advanced.length > 0 ? (
        // A mistake in a folded field must be seen.
        <details className="advanced" open={advanced.some((field) => errors[field.name]) || undefined}>
          <summary>Advanced</summary>
          <div className="parameters">{advanced.map(row)}</div>
        </details>
      ) : null}
    </div>
  );
}

interface FieldInputProps {
  readonly field: Field;
  readonly value: FieldValue;
  readonly error: string | null;
  readonly onChange: (value: FieldValue) => void;
}

function FieldInput({ field, value, error, onChange }: FieldInputProps) {
  switch (field.kind) {
    case "number":
      return <NumberInput field={field} value={String(value)} error={error} onChange={onChange} />;
    case "choice":
      return <ChoiceInput field={field} value={String(value)} error={error} onChange={onChange} />;
    case "choices":
      return <ChoicesInput field={field} value={Array.isArray(value) ? value : []} error={error} onChange={onChange} />;
    case "bytes":
      return <BytesInput field={field} value={String(value)} error={error} onChange={onChange} />;
    case "palette":
      return <PaletteInput field={field} value={Array.isArray(value) ? value : []} error={error} onChange={onChange} />;
    case "text":
      return <TextInput field={field} value={String(value)} error={error} onChange={onChange} />;
    case "color":
      return <ColorInput field={field} value={String(value)} error={error} onChange={onChange} />;
    case "toggle":
      return <ToggleInput field={field} value={value === true} error={error} onChange={onChange} />;
  }
}
