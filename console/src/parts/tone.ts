/** What a colour says. Words stand beside it. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'calm';
