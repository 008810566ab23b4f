import type { Finding, KeyPath } from '../config-problem.ts'
import { INFINITE_SECONDS } from '../pieces/duration.ts'
import type { WrittenSettings } from '../sections/dhcp-settings.ts'

/** Lease times of one level that contradict each other. */
export function checkOwnTimes(level: WrittenSettings, path: KeyPath): Finding[] {
  const { lease_time: usual, min_lease_time: least, max_lease_time: most } = level
  return compareTimes({ usual, least, most }, path)
}

/** Lease times as they are after all levels are laid over each other. */
export function compareTimes(
  times: { readonly usual: number | undefined; readonly least: number | undefined; readonly most: number | undefined },
  path: KeyPath,
): Finding[] {
  const { usual = Number.NaN, least = Number.NaN, most = Number.NaN } = times
  if (least > most)
    return [
      { path: [...path, 'min_lease_time'], message: `must not be longer than max_lease_time (${timeText(most)})` },
    ]
  if (usual < least)
    return [{ path: [...path, 'lease_time'], message: `must not be shorter than min_lease_time (${timeText(least)})` }]
  if (usual > most)
    return [{ path: [...path, 'lease_time'], message: `must not be longer than max_lease_time (${timeText(most)})` }]
  return []
}

function timeText(seconds: number): string {
  return seconds === INFINITE_SECONDS ? 'infinite' : `${seconds}s`
}

/** Options that one level gives twice. @param placeOf where an item of the list stands in the file */
export function checkOptionCodes(
  options: WrittenSettings['options'],
  path: KeyPath,
  placeOf: (at: number) => number = (at) => at,
): Finding[] {
  const seen = new Set<number>()
  return (options ?? []).flatMap(({ code }, index) => {
    const twice = seen.has(code)
    seen.add(code)
    return twice ? [{ path: [...path, 'options', placeOf(index)], message: `option ${code} is given twice` }] : []
  })
}
