import { fieldText } from './field-text.ts'

/** The line of `lanward time` that says who keeps the clock of this machine; none where nobody tells. @param clock of the report, as it came */
export function keptClockLine(clock: unknown): readonly string[] {
  const keeper = fieldText(clock, 'kept_by')
  const discipline = fieldOf(clock, 'discipline')
  const text = (name: string): string => fieldText(discipline, name)
  if (text('state') === 'stopped') return [`machine's clock: not kept any more: ${text('fault')}`]
  switch (keeper) {
    case '-':
      return []
    case 'lanward': {
      if (text('state') === 'waiting')
        return ["machine's clock: kept by Lanward, as an earlier run left it, the sources are awaited"]
      const rest = Number(text('rest_s'))
      const off = rest > 0 ? 'behind' : 'ahead'
      return [
        `machine's clock: kept by Lanward, ${text('state')}, ${spanText(Math.abs(rest))} ${off}, frequency ${digits(text('frequency_ppm'), 3)} ppm${stepWords(discipline)}`,
      ]
    }
    case 'nobody':
      return [`machine's clock: kept by nobody${discipline === null ? WAY_OUT : ', the sources are awaited'}`]
    default:
      return [`machine's clock: kept by ${keeper}`]
  }
}

const WAY_OUT = ': only the time that is served is right (discipline = true of [ntp] keeps the clock too)'

/** @param seconds from 0 on */
function spanText(seconds: number): string {
  return seconds < 1e-3 ? `${Math.round(seconds * 1e6)} µs` : `${digits(String(seconds), 3)} s`
}

function stepWords(discipline: unknown): string {
  const steps = fieldText(discipline, 'steps')
  return steps === '0'
    ? ''
    : `, set ${steps === '1' ? 'once' : `${steps} times`} by ${digits(fieldText(discipline, 'stepped_s'), 3)} s`
}

function digits(text: string, count: number): string {
  return String(Number(Number(text).toFixed(count)))
}

function fieldOf(record: unknown, name: string): unknown {
  if (typeof record !== 'object' || record === null) return null
  return new Map<string, unknown>(Object.entries(record)).get(name) ?? null
}
