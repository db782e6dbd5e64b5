/** What stands for a value, where it can be chosen. */
export type Choice = readonly [value: string, words: string];

/** These, and before them what stands for none of them. */
export function anyOr(words: string, choices: Iterable<Choice>): readonly Choice[] {
  return [['', words], ...choices];
}

/** One of several. What is none of them, as an address may hold, stands among them as it is. */
export function Choose(props: {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly change: (value: string) => void;
  /** How the label stands to it. */
  readonly class?: 'beside' | 'field';
  readonly disabled?: boolean;
}) {
  const { label, value, choices, change, disabled } = props;
  const isListed = choices.some(([each]) => each === value);
  return (
    <label class={props.class}>
      <span>{label}</span>
      <select value={value} disabled={disabled} onChange={({ currentTarget }) => change(currentTarget.value)}>
        {!isListed && <option value={value}>{value}</option>}
        {choices.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
