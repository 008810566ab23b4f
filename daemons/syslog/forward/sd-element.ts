/**
 * Writes one element of STRUCTURED-DATA; what may not stand in a name becomes `?`.
 *
 * @rfc 5424 section 6.3
 */
export function formatElement(sdId: string, params: readonly (readonly [name: string, value: string])[]): string {
  let text = `[${formatName(sdId)}`
  for (const [name, value] of params) text += ` ${formatName(name)}="${escapeValue(value)}"`
  return `${text}]`
}

/** `"`, `\` and `]` are escaped in values. @rfc 5424 section 6.3.3 */
export function escapeValue(value: string): string {
  return /["\\\]]/.test(value) ? value.replace(/["\\\]]/g, '\\$&') : value
}

function formatName(name: string): string {
  return NAME.test(name) ? name : name.replace(NOT_NAME, '?').slice(0, 32) || '?'
}

const NAME = /^[!#-<>-\\^-~]{1,32}$/
const NOT_NAME = /[^!#-<>-\\^-~]/g
