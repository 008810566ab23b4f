/** A moment as people of a time zone write it: `2026-11-26 03:00 Europe/Berlin`, with seconds where there are any. */
export function momentIn(wallMs: number, timezone: string): string {
  const parts = new Map(
    formatOf(timezone)
      .formatToParts(wallMs)
      .map(({ type, value }) => [type, value]),
  )
  const [year, month, day, hour, minute, second] = ORDER.map((type) => parts.get(type) ?? '')
  const seconds = second === '00' ? '' : `:${second}`
  return `${year}-${month}-${day} ${hour}:${minute}${seconds} ${timezone}`
}

/** The time zone of this machine. */
export function ownTimezone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

const ORDER = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit'
  return new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  })
}
