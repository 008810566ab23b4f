/** A form in which the status can be had. */
export type StatusForm = 'text' | 'html' | 'json'

const TYPES: readonly (readonly [StatusForm, string])[] = [
  ['text', 'text/plain'],
  ['html', 'text/html'],
  ['json', 'application/json'],
]

/**
 * Chooses the form that the client likes best; text when it does not care.
 *
 * @rfc 9110 section 12.5.1; a range that names a type counts before `text/*` and any type
 * @param header the Accept header; undefined = anything
 */
export function chooseForm(header: string | undefined): StatusForm {
  if (header === undefined) return 'text'
  const ranges = header.slice(0, 2000).toLowerCase().split(',').map(readRange)
  let best: { form: StatusForm; quality: number } = { form: 'text', quality: 0 }
  for (const [form, type] of TYPES) {
    const quality = qualityOf(type, ranges)
    if (quality > best.quality) best = { form, quality }
  }
  return best.form
}

interface Range {
  readonly type: string
  readonly quality: number
}

function readRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim())
  const quality = parameters.find((parameter) => parameter.startsWith('q='))
  const value = quality === undefined ? 1 : Number(quality.slice(2))
  return { type, quality: Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0 }
}

/** The most specific range that covers the type decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const wildcard = `${type.slice(0, type.indexOf('/'))}/*`
  for (const wanted of [type, wildcard, '*/*']) {
    const range = ranges.find((candidate) => candidate.type === wanted)
    if (range !== undefined) return range.quality
  }
  return 0
}
