import type { RateLimit } from './limits/rate-limits.ts'
import type { Dialect } from './senders/dialect.ts'
import type { ZoneOffsets } from './senders/zone-offsets.ts'

/** The checked `[syslog]` section as the daemon gets it. */
export interface SyslogSection {
  readonly listen: readonly string[]
  /** Threads that receive datagrams; 1 = the main one does. */
  readonly instances: number
  readonly maxMessageBytes: number
  readonly segment: { readonly sizeBytes: number; readonly ageMs: number }
  readonly retention: { readonly ageMs: number; readonly sizeBytes: number }
  /** When a segment becomes Parquet: so long after its last message. */
  readonly archive: { readonly enabled: boolean; readonly afterMs: number }
  /** Milliseconds between fsyncs; `batch` = before the next batch is read; `off` = never asked for. */
  readonly sync: number | 'batch' | 'off'
  /** What serves the `tls://` sockets of `listen`; null when there are none. */
  readonly tls: TlsSection | null
  /** Where messages are passed on to. */
  readonly forward: readonly ForwardSection[]
  /** What is pinned of which senders. */
  readonly senders: readonly SenderSection[]
  readonly limits: LimitsSection
}

/** How much is taken of whom. */
export interface LimitsSection {
  readonly connections: number
  /** Of one address, of IPv6 of a /64; programs of this machine have no such limit. */
  readonly connectionsPerSender: number
  /** Datagrams of one sender; null = no limit. */
  readonly rate: RateLimit | null
}

/** One `[[syslog.sender]]`. */
export interface SenderSection {
  /** An address or a prefix. */
  readonly address: string
  readonly dialect: Dialect | null
  /** That of its times without one. */
  readonly zone: ZoneOffsets | null
}

/** One `[[syslog.forward]]`. */
export interface ForwardSection {
  /** Tells it from the others, in reports and on disk. */
  readonly name: string
  readonly to: ForwardAddress
  readonly filter: ForwardFilter
  readonly format: 'rfc5424' | 'rfc3164' | 'json' | 'loki'
  readonly framing: 'octet-counted' | 'newline'
  /** Each message of RFC 5424 tells that it passed here; without that there is no protection against loops. */
  readonly origin: boolean
  /** Longer messages are cut. */
  readonly maxMessageBytes: number
  /** Messages in a second at most; null = as many as the target takes. */
  readonly rate: number | null
  readonly tls: ForwardTls
  /** Of targets that take batches over HTTP; null for others. */
  readonly http: ForwardHttp | null
  /** How far it may stay behind before the oldest messages are skipped. */
  readonly spool: { readonly sizeBytes: number; readonly ageMs: number }
}

export type ForwardAddress = SocketAddress | { readonly scheme: 'http' | 'https'; readonly url: string }

export interface SocketAddress {
  readonly scheme: 'tcp' | 'tls' | 'udp'
  /** A name or a literal address, IPv6 without brackets. */
  readonly host: string
  readonly port: number
}

/** What is passed on; an empty list lets everything through. */
export interface ForwardFilter {
  /** This severity or worse, 0 to 7. */
  readonly severity: number
  /** Numbers of RFC 5424 table 1. */
  readonly facilities: readonly number[]
  /** In lower case, `*` stands for any characters; so in `apps`. */
  readonly hosts: readonly string[]
  readonly apps: readonly string[]
}

export interface ForwardHttp {
  readonly headers: Readonly<Record<string, string>>
  /** Fields that part the messages into streams of Loki. */
  readonly labels: readonly ForwardLabel[]
  /** A batch goes when it has so many bytes, or is so old. */
  readonly batch: { readonly sizeBytes: number; readonly waitMs: number }
}

export type ForwardLabel = 'host' | 'app' | 'facility' | 'severity' | 'src' | 'via'

/** How the target proves who it is, and how we do. Paths of PEM files. */
export interface ForwardTls {
  /** Authorities of the target's certificate; null = those of the system. */
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
  /** The name that its certificate must be for, or `sha256:` and its fingerprint; null = the host. */
  readonly name: string | null
}

/** Paths of PEM files, and who may send. */
export interface TlsSection {
  /** The certificate, with those that lead to its authority behind it. */
  readonly cert: string
  readonly key: string
  /** Authority of the clients' certificates; null = clients need none. */
  readonly clientCa: string | null
  /** Names that a client's certificate must have one of; none = any that the authority issued. */
  readonly clientNames: readonly string[]
}
