import { Complaint, written } from './piece.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const FORM = /^([0-9]{1,12})(ms|s|m|h|d)$/
const WHAT = 'a duration such as "250ms", "30s", "15m", "12h" or "7d"'

/**
 * Reads `30s` into milliseconds.
 *
 * @returns a whole number from 0, or null
 */
export function parseDuration(text: string): number | null {
  const [, count, unit] = FORM.exec(text) ?? []
  const factor = UNITS[unit ?? '']
  return count === undefined || factor === undefined ? null : Number(count) * factor
}

/** A duration between two others, in milliseconds. */
export function duration(about: string, least: string, most: string) {
  return written(about, WHAT, { pattern: FORM.source, examples: [least] }, (text) => readDuration(text, least, most))
}

/** A duration in whole seconds. */
export function seconds(about: string, least: string, most: string) {
  return written(about, WHAT, { pattern: FORM.source, examples: [least] }, (text) => readSeconds(text, least, most))
}

/** How a lease without an end is told on the wire. @rfc 2131 section 3.3 */
export const INFINITE_SECONDS = 0xffffffff

/** How long a lease lasts: whole seconds, of which the most there are stand for ever. */
export function leaseSeconds(about: string) {
  const form = { pattern: `${FORM.source}|^infinite$`, examples: ['12h', 'infinite'] }
  return written(about, 'a duration such as "12h" or "7d", or "infinite"', form, (text): number | Complaint =>
    text === 'infinite' ? INFINITE_SECONDS : readSeconds(text, '1s', '36500d'),
  )
}

function readSeconds(text: string, least: string, most: string): number | Complaint {
  const ms = readDuration(text, least, most)
  if (ms instanceof Complaint) return ms
  return ms % 1000 === 0 ? ms / 1000 : new Complaint(`must be whole seconds, not ${text}`)
}

function readDuration(text: string, least: string, most: string): number | Complaint {
  const ms = parseDuration(text)
  if (ms === null) return new Complaint(`must be ${WHAT}, not ${JSON.stringify(text.slice(0, 60))}`)
  if (ms < (parseDuration(least) ?? 0) || ms > (parseDuration(most) ?? 0))
    return new Complaint(`must be from ${least} to ${most}, not ${text}`)
  return ms
}

/** How often the log store is flushed to disk: milliseconds, or one of two words. */
export function syncPeriod(about: string) {
  const what = 'a duration such as "1s", or "batch", or "off"'
  const form = { pattern: `${FORM.source}|^batch$|^off$` }
  return written(about, what, form, (text): number | 'batch' | 'off' | Complaint => {
    if (text === 'batch' || text === 'off') return text
    if (parseDuration(text) === null) return new Complaint(`must be ${what}, not ${JSON.stringify(text.slice(0, 60))}`)
    return readDuration(text, '1ms', '1h')
  })
}
