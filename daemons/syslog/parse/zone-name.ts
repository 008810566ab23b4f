/** The end of a zone name and its minutes east of UTC; null = the name says nothing. */
export interface ZoneName {
  readonly end: number
  readonly minutes: number | null
}

/**
 * Reads a zone name behind a time: any short upper-case word with a colon (Cisco), UTC and GMT without one or with an
 * offset (`UTC+1:`), and a name that is known when a colon stands behind the space (Cisco UCM) or a host and a tag with a
 * colon follow. Names that two continents use say nothing: their offset is null and will be inferred.
 *
 * @param at offset of the space in front of it
 */
export function zoneNameAfter(text: string, at: number): ZoneName | null {
  if (text.charCodeAt(at) !== SPACE) return null
  let end = at + 1
  let lower = false
  for (; end < at + 7; end++) {
    const code = text.charCodeAt(end)
    if (code >= 97 && code <= 122) lower = true
    else if (code < 65 || code > 90 || Number.isNaN(code)) break
  }
  const next = text.charCodeAt(end)
  if (end < at + 3) return null
  if (next === PLUS || next === DASH) return lower ? null : offsetFrom(text, at + 1, end)
  const closed = next === COLON
  if ((lower && !closed) || !(closed || next === SPACE || Number.isNaN(next))) return null
  const word = text.slice(at + 1, end)
  const name = word.toUpperCase()
  const known = ZONES.get(name)
  const zone = { end, minutes: known ?? null }
  if (closed)
    return known !== undefined || (lower ? isMnemonicNext(text, end) && AMBIGUOUS.has(name) : isShort(word))
      ? zone
      : null
  if (known === 0 && end === at + 4) return zone
  if (known === undefined && !AMBIGUOUS.has(word)) return null
  if (text.startsWith(' : ', end)) return zone
  HOST_AND_TAG.lastIndex = end
  return HOST_AND_TAG.test(text) ? zone : null
}

/** Whether the word is the name of a zone, be it of one or of several. */
export function isZoneName(word: string): boolean {
  return ZONES.has(word) || AMBIGUOUS.has(word)
}

/** Three to five letters, or `METDST`. */
function isShort(word: string): boolean {
  return word.length > 2 && (word.length < 6 || word.endsWith('DST'))
}

function isMnemonicNext(text: string, colon: number): boolean {
  return text.charCodeAt(colon + 1) === SPACE && text.charCodeAt(colon + 2) === PERCENT
}

/** `UTC+1:`, `GMT-03:30:`. */
function offsetFrom(text: string, start: number, end: number): ZoneName | null {
  if (ZONES.get(text.slice(start, end)) !== 0) return null
  OFFSET.lastIndex = end
  const found = OFFSET.exec(text)
  if (found === null) return null
  const [whole, sign, hours, minutes = '0'] = found
  const east = Number(hours) * 60 + Number(minutes)
  return { end: end + whole.length, minutes: sign === '-' ? -east : east }
}

const OFFSET = /([+-])(\d|0\d|1[0-4])(?::?([0-5]\d))?(?=:(?: |$))/y

/** Besides 64 letters of each nothing is looked at; the fields themselves are read by those who know them. */
const HOST_AND_TAG = /(?: \d{4})? [^\s:[\]]{1,64} [^\s:[\]]{1,64}(?:\[[^\s\]]{1,64}\])?:(?: |$)/y

const SPACE = 32
const PERCENT = 37
const PLUS = 43
const DASH = 45
const COLON = 58

/** Names that mean one zone only; minutes east of UTC. */
const ZONES: ReadonlyMap<string, number> = new Map([
  ['UTC', 0],
  ['GMT', 0],
  ['WEST', 60],
  ['CET', 60],
  ['CEST', 120],
  ['EET', 120],
  ['EEST', 180],
  ['EDT', -240],
  ['PDT', -420],
  ['JST', 540],
  ['AEST', 600],
  ['NZST', 720],
  ['NZDT', 780],
  ['AEDT', 660],
  ['KST', 540],
  ['HKT', 480],
  ['SGT', 480],
  ['MSK', 180],
  ['SAST', 120],
])

/** Names that mean several zones. */
const AMBIGUOUS: ReadonlySet<string> = new Set([
  ...['EST', 'CST', 'CDT', 'MST', 'MDT', 'PST', 'AST', 'ADT', 'HST', 'AKST', 'AKDT'],
  ...['WET', 'BST', 'IST', 'SST', 'PKT', 'WIB', 'BRT', 'ART', 'GST'],
])
