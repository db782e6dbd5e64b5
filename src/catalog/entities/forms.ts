/** Every form that an entity set comes in, in the order of the reference page. */
import { csvForm } from './csv.ts';
import type { Form } from './form.ts';
import { jsonForm } from './json.ts';
import { originForm } from './list-form.ts';
import { moduleForm } from './module.ts';

export const FORMS = {
  csv: csvForm,
  json: jsonForm,
  module: moduleForm,
  origin: originForm,
} as const satisfies Record<string, Form>;

type FormName = keyof typeof FORMS;
export const FORM_NAMES = Object.keys(FORMS) as readonly FormName[];

/** The option of each form. */
export const formOptions = Object.fromEntries(
  Object.entries(FORMS).map(([name, { option }]) => [name, option]),
) as { readonly [F in FormName]: (typeof FORMS)[F]['option'] };
