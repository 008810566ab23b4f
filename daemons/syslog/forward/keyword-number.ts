import { FACILITIES, SEVERITIES } from '../parse/pri.ts'

const FACILITY_NUMBERS: ReadonlyMap<string, number> = new Map(FACILITIES.map((name, number) => [name, number]))
const SEVERITY_NUMBERS: ReadonlyMap<string, number> = new Map(SEVERITIES.map((name, number) => [name, number]))

/** Number of a facility's keyword. @rfc 5424 table 1 */
export function facilityNumber(keyword: string): number | undefined {
  return FACILITY_NUMBERS.get(keyword)
}

/** Number of a severity's keyword. @rfc 5424 table 2 */
export function severityNumber(keyword: string): number | undefined {
  return SEVERITY_NUMBERS.get(keyword)
}
