import { isIP } from 'node:net'
import type { Clock } from '../../runtime/contract.ts'
import type { ForwardSection } from '../section.ts'
import { BatchCarrier } from './batch-carrier.ts'
import type { Carrier, CarrierEvents } from './carrier.ts'
import { connectStream } from './connect-stream.ts'
import { DatagramCarrier } from './datagram-carrier.ts'
import { openPost } from './http-post.ts'
import { StreamCarrier } from './stream-carrier.ts'

/** A way that is open, and where it leads. */
export interface OpenedCarrier {
  readonly carrier: Carrier
  /** The target's address when it is another machine's; null on this one, where any program may have sent a message. */
  readonly address: string | null
  /** Somebody is there; else that shows only when something was sent. */
  readonly proven: boolean
}

/** Opens the way to a target. @throws Error of the network, of TLS or of a file */
export async function openCarrier(
  section: ForwardSection,
  clock: Clock,
  events: CarrierEvents,
): Promise<OpenedCarrier> {
  const { to, tls, http } = section
  if ('url' in to) {
    if (http === null) throw new Error('no settings for HTTP')
    const post = await openPost(to.url, http, tls)
    return { carrier: new BatchCarrier({ section, http, post, clock, events }), address: null, proven: false }
  }
  if (to.scheme === 'udp') {
    const carrier = await DatagramCarrier.open(to, clock, events)
    return { carrier, address: elsewhere(carrier.address), proven: false }
  }
  const peer = await connectStream(to, tls, CONNECT_MS)
  return {
    carrier: new StreamCarrier({ peer, clock, events }),
    address: elsewhere(peer.remoteAddress ?? ''),
    proven: true,
  }
}

function elsewhere(address: string): string | null {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '')
  return isIP(plain) === 0 || plain === '::1' || plain.startsWith('127.') ? null : plain
}

const CONNECT_MS = 10_000
