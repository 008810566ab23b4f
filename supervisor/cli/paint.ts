/** Colours of a terminal by what they mean. */
export type Paint = (tone: 'good' | 'warn' | 'bad' | 'faint', text: string) => string

/** Paints, or leaves text as it is where colour is not wanted. */
export function paintFor(colour: boolean): Paint {
  return (tone, text) => (colour && text !== '' ? `\x1b[${CODES[tone]}m${text}\x1b[0m` : text)
}

const CODES = { good: 32, warn: 33, bad: 31, faint: 2 } as const
