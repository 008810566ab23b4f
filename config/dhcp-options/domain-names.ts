import { Complaint } from '../pieces/piece.ts'

const LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/
/** Greatest offset that a pointer can name. */
const POINTER_MAX = 0x3fff

/**
 * Encodes domain names one after the other; a tail that was written before is replaced by a pointer to it.
 *
 * @rfc 1035 sections 3.1 and 4.1.4; 3397 section 2: offsets count from the start of the option
 * @param names with or without a dot at the end
 * @returns the octets, or what is wrong with which name
 */
export function encodeDomainNames(names: readonly string[]): readonly number[] | Complaint {
  const octets: number[] = []
  const places = new Map<string, number>()
  for (const name of names) {
    const labels = name.replace(/\.$/, '').split('.')
    if (name.length > 253 || !labels.every((label) => LABEL.test(label)))
      return new Complaint(`must be a domain such as "lab.example", not ${JSON.stringify(name.slice(0, 60))}`)
    let pointer: number | undefined
    for (let at = 0; at < labels.length && pointer === undefined; at++) {
      const tail = labels.slice(at).join('.').toLowerCase()
      pointer = places.get(tail)
      if (pointer !== undefined) break
      if (octets.length <= POINTER_MAX) places.set(tail, octets.length)
      const label = labels[at] ?? ''
      octets.push(label.length, ...Buffer.from(label, 'latin1'))
    }
    if (pointer === undefined) octets.push(0)
    else octets.push(0xc0 | (pointer >>> 8), pointer & 0xff)
  }
  return octets
}
