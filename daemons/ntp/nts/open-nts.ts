import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { socketUrl } from '../../linux/socket-url.ts'
import type { Clock, Counters, HeldSocket } from '../../runtime/contract.ts'
import { TlsIdentity } from '../../runtime/tls-identity.ts'
import type { Prefix } from '../../wire/address.ts'
import type { NtsSettings } from '../section.ts'
import { COOKIE_BYTES, writeCookie } from './cookie.ts'
import { CookieKeyStore } from './cookie-key-store.ts'
import { KeAdmission } from './ke-admission.ts'
import { exportSessionKeys } from './ke-conversation.ts'
import { KeListener } from './ke-listener.ts'
import { answerKeyRequest, type TimeAddress } from './ke-request.ts'
import { createKeTally, toKeCounters } from './ke-tally.ts'
import { NtsOpener } from './nts-opener.ts'
import { RandomPool } from './random-pool.ts'

/** Certificates are renewed and keys go out of force while we run. */
const LOOK_EVERY_MS = 60_000
const NTP_PORT = 123

export interface NtsParts {
  readonly settings: NtsSettings
  readonly sockets: readonly HeldSocket[]
  readonly stateDir: string
  readonly clock: Clock
  readonly log: Logger
  /** Requests that are opened before their replies are sealed, at most. */
  readonly slots: number
  /** Who may ask, as it stands now. */
  readonly allow: () => readonly Prefix[]
}

/** Network time security as it is served. */
export interface OpenNts {
  readonly opener: NtsOpener
  readonly keys: CookieKeyStore
  counters(): Counters
  faults(): readonly string[]
  /** Looks at certificate and keys now. */
  look(): void
  close(): void
}

/** Gives out keys on the sockets for TLS, and opens what is protected with them. */
export function openNts({ settings, sockets, stateDir, clock, log, slots, allow }: NtsParts): OpenNts {
  const identity = new TlsIdentity({ ...settings, clientCa: null })
  const keys = new CookieKeyStore(join(stateDir, 'nts-keys.json'), settings.rotateMs, log)
  const random = new RandomPool()
  const admission = new KeAdmission(randomInt(2 ** 32))
  const tally = createKeTally()
  const told = timeAddress(settings, sockets)
  const listeners = sockets
    // Of a socket that systemd holds nobody says that it is for TLS; another kind of connection does not exist here.
    .filter(({ url }) => url.scheme === 'tls' || url.scheme === 'tcp')
    .map(
      (socket) =>
        new KeListener({
          socket,
          log,
          tally,
          admit: (address) => admission.admit(allow(), address, clock.monotonicMs()),
          decide: (peer, records) => {
            const session = exportSessionKeys(peer)
            return answerKeyRequest(records, told, () => {
              const cookie = new Uint8Array(COOKIE_BYTES)
              writeCookie(keys.seals, random, session, cookie, 0)
              return cookie
            })
          },
        }),
    )
  const look = (): void => {
    keys.look(clock.wallMs())
    if (identity.look()) for (const listener of listeners) listener.serve(identity)
  }
  look()
  const looking = setInterval(look, LOOK_EVERY_MS)
  looking.unref()
  return {
    keys,
    opener: new NtsOpener(keys.seals, random, slots),
    counters: () => toKeCounters(tally),
    faults: () => [identity.fault(clock.wallMs()), keys.fault].filter((fault) => fault !== null),
    look,
    close: () => {
      clearInterval(looking)
      for (const listener of listeners) listener.close()
    },
  }
}

/** Clients are told of a port that they would not guess. */
function timeAddress({ server, port }: NtsSettings, sockets: readonly HeldSocket[]): TimeAddress {
  const ports = sockets
    .map(({ fd, url }) => socketUrl(fd) ?? url)
    .flatMap((url) => (url.scheme === 'udp' ? [url.port] : []))
  const ours = port ?? (ports.includes(NTP_PORT) ? NTP_PORT : (ports[0] ?? NTP_PORT))
  return { server, port: ours === NTP_PORT ? null : ours }
}
