/** Reads a moment of a lease file: `epoch SECONDS`, or weekday, date and time in UTC. undefined when it is none of them; null = never. */
export function readIscMoment(words: readonly string[] | undefined): number | null | undefined {
  const [first = '', date = '', time = ''] = words ?? []
  if (first === 'never') return null
  if (first === 'epoch') return /^[0-9]{1,12}$/.test(date) ? Number(date) * 1000 : undefined
  const [, year, month, day] = /^([0-9]{4})\/([0-9]{2})\/([0-9]{2})$/.exec(date) ?? []
  const ms = Date.parse(`${year}-${month}-${day}T${time}Z`)
  return Number.isNaN(ms) ? undefined : ms
}
