import { formatIpv4, parseIpv4 } from '../../wire/address.ts'
import { readUint32 } from '../../wire/octets.ts'
import { formatHex } from '../message/hex.ts'
import { type Message, messageType, numberOption } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'

/** Another DHCP server that was noticed; the names are part of the interface. */
export interface ForeignServerRow {
  readonly server: string
  /** Of its interface or the router before it; null when only a client's choice tells of it. */
  readonly mac: string | null
  /** Where it was noticed: an interface, or the relay through which a client chose it. */
  readonly place: string
  /** What tells of it last: its own message, or a client that took its offer. */
  readonly by: 'reply' | 'choice'
  readonly first: string
  readonly last: string
  readonly seen: number
  /** What it told a client last, as far as it is known. */
  readonly address: string | null
  readonly routers: readonly string[]
  readonly dns: readonly string[]
}

interface Sighting {
  readonly mac: string | null
  readonly place: string
  readonly by: ForeignServerRow['by']
}

/** More than a LAN has. @attack made-up servers push out the oldest, and each makes one line at most a day */
const CAPACITY = 64
/** One that is not heard of for this long is new again. */
const REMEMBERED_MS = 24 * 3600 * 1000

/** The other DHCP servers that were noticed on the links and through relays. */
export class ForeignServers {
  readonly #rows = new Map<string, { readonly lastMs: number; readonly row: ForeignServerRow }>()

  /**
   * Takes in a message of a server to a client, or a client's choice of a server.
   *
   * @param trusted servers that are meant to be there, ourselves among them
   * @returns the row when the server is new; null when it is known, trusted, or names nobody
   */
  notice(message: Message, sighting: Sighting, trusted: ReadonlySet<number>, wallMs: number): ForeignServerRow | null {
    const id = numberOption(message, OPTION.serverIdentifier)
    if (id === null || id === 0 || trusted.has(id)) return null
    if (sighting.by === 'reply' && !FROM_SERVERS.has(String(messageType(message)))) return null
    const server = formatIpv4(id)
    const key = `${server} ${sighting.place}`
    this.#forget(wallMs)
    const before = this.#rows.get(key)?.row
    const told = sighting.by === 'reply' ? toldBy(message) : null
    const at = new Date(wallMs).toISOString()
    const row: ForeignServerRow = {
      server,
      ...sighting,
      mac: sighting.mac ?? before?.mac ?? null,
      first: before?.first ?? at,
      last: at,
      seen: (before?.seen ?? 0) + 1,
      address: told?.address ?? before?.address ?? null,
      routers: told?.routers ?? before?.routers ?? [],
      dns: told?.dns ?? before?.dns ?? [],
    }
    this.#rows.delete(key)
    this.#rows.set(key, { lastMs: wallMs, row })
    for (const oldest of this.#rows.keys()) {
      if (this.#rows.size <= CAPACITY) break
      this.#rows.delete(oldest)
    }
    return before === undefined ? row : null
  }

  /** Those that were heard of within a day and are not trusted, the newest last. */
  list(trusted: ReadonlySet<number>, wallMs: number): readonly ForeignServerRow[] {
    this.#forget(wallMs)
    return [...this.#rows.values()].flatMap(({ row }) => (trusted.has(parseIpv4(row.server) ?? 0) ? [] : [row]))
  }

  #forget(wallMs: number): void {
    for (const [key, { lastMs }] of this.#rows) {
      if (wallMs - lastMs < REMEMBERED_MS) break
      this.#rows.delete(key)
    }
  }
}

const FROM_SERVERS: ReadonlySet<string> = new Set(['OFFER', 'ACK', 'NAK'])

function toldBy(message: Message): Pick<ForeignServerRow, 'address' | 'routers' | 'dns'> | null {
  if (messageType(message) === 'NAK') return null
  return {
    address: message.yiaddr === 0 ? null : formatIpv4(message.yiaddr),
    routers: addresses(message.options.get(OPTION.routers)),
    dns: addresses(message.options.get(OPTION.domainNameServers)),
  }
}

/** At most four: enough to know the server by. */
function addresses(value: Uint8Array | undefined): readonly string[] {
  const count = Math.min(4, Math.floor((value?.length ?? 0) / 4))
  return Array.from({ length: count }, (_, at) => formatIpv4(readUint32(value ?? new Uint8Array(0), 4 * at)))
}

/** The hardware address that a frame came from. */
export function frameSource(frame: Uint8Array): string {
  return formatHex(frame.subarray(6, 12), ':')
}
