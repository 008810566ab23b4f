import { Complaint, written } from './piece.ts'

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }
const FORM = /^([0-9]{1,12})(B|KiB|MiB|GiB|TiB)$/
const WHAT = 'a size such as "512B", "64KiB", "8MiB" or "10GiB"'

/**
 * Reads `64KiB` into bytes.
 *
 * @returns a whole number from 0, or null
 */
export function parseSize(text: string): number | null {
  const [, count, unit] = FORM.exec(text) ?? []
  const factor = UNITS[unit ?? '']
  return count === undefined || factor === undefined ? null : Number(count) * factor
}

/** A size between two others, in bytes. */
export function size(about: string, least: string, most: string) {
  return written(about, WHAT, { pattern: FORM.source, examples: [least] }, (text) => {
    const bytes = parseSize(text)
    if (bytes === null) return new Complaint(`must be ${WHAT}, not ${JSON.stringify(text.slice(0, 60))}`)
    if (bytes < (parseSize(least) ?? 0) || bytes > (parseSize(most) ?? 0))
      return new Complaint(`must be from ${least} to ${most}, not ${text}`)
    return bytes
  })
}

/** A resource limit in bytes: a size, "0", or "unlimited". */
export function sizeLimit(about: string, least: string) {
  const what = 'a size such as "64KiB" or "256MiB", or "unlimited"'
  const form = { pattern: `${FORM.source}|^0$|^unlimited$` }
  return written(about, what, form, (text): number | 'unlimited' | Complaint => {
    if (text === 'unlimited') return text
    const bytes = text === '0' ? 0 : parseSize(text)
    if (bytes === null) return new Complaint(`must be ${what}, not ${JSON.stringify(text.slice(0, 60))}`)
    return bytes < (parseSize(least) ?? 0) ? new Complaint(`must be at least ${least}, not ${text}`) : bytes
  })
}
