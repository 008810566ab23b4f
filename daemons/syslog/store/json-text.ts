/** Replaces characters that JSON allows in strings but a terminal obeys (see `JsonBytes`); changes no value. */
export function escapeTricky(json: string): string {
  return TRICKY.test(json) ? json.replace(TRICKY_ALL, escapeUnit) : json
}

/** `\u` and four hex digits. */
export function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Controls of a terminal, marks that change the direction or the width of text, and line separators; JSON escapes C0 by itself. */
export const TRICKY_RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x7f, 0x9f],
  [0x61c, 0x61c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
]

const TRICKY = new RegExp(
  `[${TRICKY_RANGES.map((range) => range.map((code) => escapeUnit(String.fromCharCode(code))).join('-')).join('')}]`,
)
const TRICKY_ALL = new RegExp(TRICKY, 'g')
