/**
 * Writes a JSON string. Besides what JSON demands it escapes what could trick a terminal: DEL, C1 controls, bidi
 * controls, line separators, so that a stored line shown by any program stays one harmless line.
 *
 * @attack CSI as the single character U+009B, right-to-left override, U+2028
 */
export function quoteJson(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : escapeTricky(JSON.stringify(text))
}

/** Replaces characters that JSON allows in strings but a terminal obeys; changes no value. */
export function escapeTricky(json: string): string {
  return TRICKY.test(json) ? json.replace(TRICKY_ALL, escapeUnit) : json
}

/** `\u` and four hex digits. */
export function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Printable ASCII without `"` and `\`. */
const PLAIN = /^[ !#-[\]-~]*$/
const TRICKY = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/
const TRICKY_ALL = new RegExp(TRICKY, 'g')
