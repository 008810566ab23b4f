/** Replaces characters that JSON allows in strings but a terminal obeys (see `JsonBytes`); changes no value. */
export function escapeTricky(json: string): string {
  return TRICKY.test(json) ? json.replace(TRICKY_ALL, escapeUnit) : json
}

/** `\u` and four hex digits. */
export function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

const TRICKY = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/
const TRICKY_ALL = new RegExp(TRICKY, 'g')
