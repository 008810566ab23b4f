import { formatIpv4 } from '../../../daemons/wire/address.ts'

/**
 * Domain names one after the other, the end of each perhaps a pointer to an earlier one; null when they are not whole.
 *
 * @rfc 3397 section 2; 1035 section 4.1.4
 * @attack pointers in a circle: one has to lead further back than the last
 */
export function domainNames(octets: Uint8Array): readonly string[] | null {
  const names: string[] = []
  for (let next = 0; next < octets.length; ) {
    const labels: string[] = []
    let end = 0
    let earliest = next
    for (let at = next; ; ) {
      const length = octets[at]
      if (length === undefined) return null
      if (length >= POINTER) {
        const to = ((length - POINTER) << 8) | (octets[at + 1] ?? 0)
        if (to >= earliest) return null
        end ||= at + 2
        earliest = to
        at = to
        continue
      }
      if (length === 0) {
        end ||= at + 1
        break
      }
      labels.push(Buffer.from(octets.subarray(at + 1, at + 1 + length)).toString('latin1'))
      at += 1 + length
    }
    names.push(labels.join('.'))
    next = end
  }
  return names
}

/**
 * Routes as the configuration writes them; null when they are not whole.
 *
 * @rfc 3442
 */
export function classlessRoutes(octets: Uint8Array): readonly string[] | null {
  const routes: string[] = []
  for (let at = 0; at < octets.length; ) {
    const bits = octets[at] ?? 0
    const significant = Math.ceil(bits / 8)
    const end = at + 1 + significant + 4
    if (bits > 32 || end > octets.length) return null
    const network = Buffer.alloc(4)
    network.set(octets.subarray(at + 1, at + 1 + significant))
    const router = formatIpv4(Buffer.from(octets.subarray(end - 4, end)).readUInt32BE())
    routes.push(`${bits === 0 ? 'default' : `${formatIpv4(network.readUInt32BE())}/${bits}`} via ${router}`)
    at = end
  }
  return routes
}

/** The two highest bits of a length say that it is a pointer. */
const POINTER = 0xc0
