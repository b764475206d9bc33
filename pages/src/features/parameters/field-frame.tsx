/** What every field of the form shares: label, a value or control beside it, hint, error. */
import type { ReactNode } from "react";
import type { Field } from "./form-model.ts";

export interface FieldProps<F extends Field, V> {
  readonly field: F;
  readonly value: V;
  /** What is wrong with the value, or null. */
  readonly error: string | null;
  readonly onChange: (value: V) => void;
}

/** Ids that tie a field's parts together. */
export const fieldIds = (name: string) => ({
  input: `param-${name}`,
  label: `param-${name}-label`,
  hint: `param-${name}-hint`,
});

interface FrameProps {
  readonly field: Field;
  readonly error: string | null;
  /** Instead of the field's own description. */
  readonly hint?: string | null;
  /** Beside the label. */
  readonly aside?: ReactNode;
  readonly children?: ReactNode;
  /** The control is a group: its label is no <label>, it names the group. */
  readonly group?: boolean;
}

export function FieldFrame({ field, error, hint = field.hint, aside, children, group = false }: FrameProps) {
  const ids = fieldIds(field.name);
  return (
    <div className="field" data-invalid={error !== null || undefined}>
      <div className="field-head">
        {group ? (
          <span className="field-label" id={ids.label}>
            {field.label}
          </span>
        ) : (
          <label className="field-label" htmlFor={ids.input} id={ids.label}>
            {field.label}
          </label>
        )}
        {aside}
      </div>
      {children}
      <p className="field-hint" id={ids.hint} data-empty={(!error && !hint) || undefined}>
        {error ? <span className="field-error">{error}</span> : hint}
      </p>
    </div>
  );
}
