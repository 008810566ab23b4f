/** The octets asked for, both ends included; `whole` when nothing usable was asked, `none` when there are none such. */
export type ByteRange = { readonly first: number; readonly last: number } | 'whole' | 'none'

/**
 * Reads a Range header of one range; several ranges get the whole file, as a server may.
 *
 * @rfc 9110 section 14.1.2
 * @param size octets of the file
 */
export function readByteRange(header: string | undefined, size: number): ByteRange {
  const match = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/.exec(header ?? '')
  if (match === null) return 'whole'
  const [, from = '', to = ''] = match
  if (from === '' && to === '') return 'whole'
  if (from === '')
    return Number(to) === 0 || size === 0 ? 'none' : { first: Math.max(0, size - Number(to)), last: size - 1 }
  const first = Number(from)
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < first) return 'whole'
  return first < size ? { first, last } : 'none'
}
