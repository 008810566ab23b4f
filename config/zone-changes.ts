const FIRST_YEAR = 2000
const LAST_YEAR = 2050
/** No zone changes twice within it. */
const STEP_MS = 14 * 86_400_000

/** From when on (milliseconds since 1970) which offset (minutes east of UTC) holds. */
export type ZoneChange = readonly [fromMs: number, minutes: number]

/**
 * The offsets of a zone from 2000 to 2050, the first one holding for all before; a fixed span, so that the same configuration always
 * gives the same settings. The tables are those of this Node.
 *
 * @param name a zone of the IANA database that exists
 */
export function zoneChanges(name: string): readonly ZoneChange[] {
  const known = zones.get(name)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  const offsetAt = (ms: number): number => {
    const [, sign, hours, minutes = '00'] = /GMT([+-])(\d\d):(\d\d)/.exec(format.format(ms)) ?? []
    return hours === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  }
  let fromMs = Date.UTC(FIRST_YEAR, 0, 1)
  let minutes = offsetAt(fromMs)
  const changes: ZoneChange[] = [[fromMs, minutes]]
  for (const endMs = Date.UTC(LAST_YEAR, 0, 1); fromMs < endMs; ) {
    const nextMs = fromMs + STEP_MS
    if (offsetAt(nextMs) !== minutes) {
      const changeMs = findChange(fromMs, nextMs, (ms) => offsetAt(ms) !== minutes)
      minutes = offsetAt(changeMs)
      changes.push([changeMs, minutes])
    }
    fromMs = nextMs
  }
  zones.set(name, changes)
  return changes
}

/** The first minute in a span at which something has become true. */
function findChange(fromMs: number, toMs: number, isChanged: (ms: number) => boolean): number {
  let before = fromMs / MINUTE_MS
  let after = toMs / MINUTE_MS
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (isChanged(middle * MINUTE_MS)) after = middle
    else before = middle
  }
  return after * MINUTE_MS
}

const MINUTE_MS = 60_000
const zones = new Map<string, readonly ZoneChange[]>()
