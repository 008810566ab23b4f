/** Writes a span of seconds with one or two units: `0.7 ms`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function formatSpan(seconds: number): string {
  if (seconds < 0) return `-${formatSpan(-seconds)}`
  if (seconds < 1) return formatMs(seconds * 1000)
  const whole = Math.floor(seconds)
  if (whole < 60) return `${seconds < 10 ? oneDecimal(seconds) : whole} s`
  if (whole < 3600) return twoUnits(Math.floor(whole / 60), 'min', whole % 60, 's')
  if (whole < 86_400) return twoUnits(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min')
  return twoUnits(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h')
}

/** Writes milliseconds with as many digits as matter. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return formatSpan(ms / 1000)
  return ms < 10 ? `${oneDecimal(ms)} ms` : `${Math.round(ms)} ms`
}

function twoUnits(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`
}

function oneDecimal(value: number): string {
  return String(Math.floor(value * 10) / 10)
}
