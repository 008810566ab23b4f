import type { Clock } from '../../runtime/contract.ts'
import { parseIpv4 } from '../../wire/address.ts'
import type { Site } from '../decide/decision.ts'
import type { DecisionHistory } from '../decide/decision-history.ts'
import type { LeaseDesk } from '../leases/lease-desk.ts'
import { LATEST_MS } from '../leases/lease-row.ts'
import type { OwnAddresses } from '../subnets/own-addresses.ts'
import type { ForeignLease, ForeignLease6 } from '../transfer/foreign-lease.ts'
import { parseIpv6 } from '../v6/address.ts'
import type { CommandPlace6 } from '../v6/command-place.ts'
import { importBindings } from '../v6/import-bindings.ts'
import { importHosts6 } from '../v6/import-hosts.ts'
import { releaseBindings } from '../v6/release-bindings.ts'
import type { ReservationWish6 } from '../v6/reservation-desk.ts'
import { tryMessage6 } from '../v6/try-message.ts'
import { type ClientWord, findMeant, readClientWord } from './client-word.ts'
import { importHosts } from './import-hosts.ts'
import { type ImportReport, importLeases } from './import-leases.ts'
import { Refusal } from './refusal.ts'
import { type ReleasedRow, releaseLeases } from './release-leases.ts'
import type { ReservationDesk } from './reservation-desk.ts'
import { tryMessage } from './try-message.ts'

/** What commands work on. */
export interface CommandPlace {
  readonly desk: LeaseDesk
  /** Null where DHCPv6 is not served. */
  readonly dhcp6: CommandPlace6 | null
  readonly reservations: ReservationDesk
  readonly history: DecisionHistory
  readonly clock: Clock
  readonly site: Site
  readonly own: OwnAddresses
  /** Attached networks that are served. */
  readonly interfaces: readonly string[]
  /** Those of them whose switches may add option 82. */
  readonly trustedLinks: ReadonlySet<string>
  /** Our addresses that relay agents send to; 0 = every one of ours. */
  readonly listeners: readonly number[]
}

/**
 * Answers a person's commands about leases; those whose name begins with `change-` change something, and are stored when
 * the answer comes.
 *
 * @param params what the command line sent: of any form
 * @returns undefined for a question that is none of these; `{ refused }` in words when it cannot be done as given
 * @throws Error when it could not be stored
 */
export function answerCommand(place: CommandPlace, question: string, params: unknown): unknown {
  try {
    return answer(place, question, params)
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.message }
    throw error
  }
}

function answer(place: CommandPlace, question: string, params: unknown): unknown {
  const { desk, dhcp6, reservations, clock, site, own } = place
  switch (question) {
    case 'try': {
      const trial = stringsOf(params)
      if (trial['duid'] === undefined) return tryMessage(desk, trial, place)
      if (dhcp6 === null) throw new Refusal(NO_DHCP6)
      return tryMessage6(dhcp6, trial)
    }
    case 'reservations':
      return [...reservations.list(), ...(dhcp6?.reservations.list() ?? [])]
    case 'change-reserve': {
      const { client, address = '', hostname = null } = stringsOf(params)
      if (parseIpv6(address) !== null) return reserve6(place, { client: client ?? '', address, hostname })
      const made = reservations.reserve(desk, own.all, { client: wordOf(client), address, hostname }, clock.wallMs())
      return { ...made, duid: null }
    }
    case 'change-unreserve': {
      const { client = '' } = stringsOf(params)
      const gone = parseIpv6(client) === null ? reservations.unreserve(desk, wordOf(client)) : []
      const gone6 = dhcp6?.reservations.unreserve(dhcp6.desk, client) ?? []
      return [...gone.map((one) => ({ ...one, duid: null })), ...gone6.map((one) => ({ ...one, client_id: null }))]
    }
    case 'change-release':
      return release(place, stringsOf(params)['client'] ?? '')
    case 'change-import': {
      const isDry = fieldOf(params, 'dry') === true
      const leases = fieldOf(params, 'leases')
      if (!Array.isArray(leases)) throw new Refusal('an import needs a list of leases')
      return importLeases(desk, site, leases.map(readForeign), isDry)
    }
    case 'change-import6': {
      const leases = fieldOf(params, 'leases')
      if (!Array.isArray(leases)) throw new Refusal('an import needs a list of leases')
      const foreign = leases.map(readForeign6)
      if (dhcp6 !== null) return importBindings(dhcp6, foreign, fieldOf(params, 'dry') === true)
      return leftOutAll(foreign.map(({ address }) => address))
    }
    case 'change-import-hosts': {
      const isDry = fieldOf(params, 'dry') === true
      const hosts = fieldOf(params, 'hosts')
      if (!Array.isArray(hosts)) throw new Refusal('an import needs a list of hosts')
      return importHosts(place, hosts.map(stringsOf), isDry)
    }
    case 'change-import-hosts6': {
      const hosts = fieldOf(params, 'hosts')
      if (!Array.isArray(hosts)) throw new Refusal('an import needs a list of hosts')
      const sent = hosts.map(stringsOf)
      if (dhcp6 === null) return leftOutAll(sent.map(({ address = '' }) => address))
      return importHosts6(dhcp6, sent, { wallMs: clock.wallMs(), dry: fieldOf(params, 'dry') === true })
    }
    default:
      return undefined
  }
}

function leftOutAll(addresses: readonly string[]): ImportReport {
  return { imported: 0, left_out: addresses.map((what) => ({ what, reason: NO_DHCP6 })) }
}

const NO_DHCP6 = 'no subnet with DHCPv6 is served'

/** A device that is known by its IPv4 address is known by the hardware address that has it. */
function reserve6({ desk, dhcp6, clock }: CommandPlace, wish: ReservationWish6): object {
  if (dhcp6 === null) throw new Refusal(NO_DHCP6)
  const word = readClientWord(wish.client)
  const client = word?.kind === 'address' ? (findMeant(desk.book, word)[0]?.mac ?? '') : wish.client
  if (client === '') throw new Refusal(`no client is known at ${wish.client}`)
  const made = dhcp6.reservations.reserve(dhcp6.desk, dhcp6.own.all, { ...wish, client }, clock.wallMs())
  return { ...made, client_id: null }
}

function release({ desk, dhcp6, history, clock }: CommandPlace, text: string): readonly ReleasedRow[] {
  const released = [
    ...(parseIpv6(text) === null ? releaseLeases(desk, wordOf(text)) : []),
    ...(dhcp6 === null ? [] : releaseBindings(dhcp6.desk, text)),
  ]
  for (const { address, mac, client_id: clientId, duid, state } of released)
    history.add({
      atMs: clock.wallMs(),
      mac,
      clientId: clientId ?? duid,
      type: 'COMMAND',
      outcome: 'released',
      reason: `ended by command; it was ${state}`,
      address: parseIpv4(address) ?? address,
      relay: 0,
    })
  return released
}

function wordOf(text: string | undefined): ClientWord {
  const word = readClientWord(text ?? '')
  if (word === null) throw new Refusal('a client is a MAC, an IPv4 address, or a client identifier in hex')
  return word
}

/** The fields of a record that are texts. */
function stringsOf(params: unknown): Readonly<Record<string, string>> {
  if (typeof params !== 'object' || params === null) return {}
  return Object.fromEntries(
    Object.entries(params).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

function readForeign(entry: unknown): ForeignLease {
  const { address = '', mac = '', clientId, hostname, state } = stringsOf(entry)
  const [startsMs, endsMs] = [momentOf(entry, 'startsMs') ?? 0, momentOf(entry, 'endsMs')]
  return {
    address,
    mac,
    clientId: clientId ?? null,
    hostname: hostname ?? null,
    state: state === 'released' ? 'released' : 'bound',
    startsMs,
    endsMs: endsMs === LATEST_MS ? null : endsMs,
  }
}

/** A time from 1970 to 9999: one that is beyond could neither be shown nor be read from the store again. */
function momentOf(entry: unknown, name: string): number | null {
  const ms = fieldOf(entry, name)
  return typeof ms === 'number' ? Math.min(Math.max(ms, 0), LATEST_MS) : null
}

function readForeign6(entry: unknown): ForeignLease6 {
  const { clientId: _, ...lease } = readForeign(entry)
  const iaid = fieldOf(entry, 'iaid')
  return { ...lease, duid: stringsOf(entry)['duid'] ?? '', iaid: typeof iaid === 'number' ? iaid >>> 0 : 0 }
}

function fieldOf(record: unknown, name: string): unknown {
  return typeof record === 'object' && record !== null ? Reflect.get(record, name) : undefined
}
