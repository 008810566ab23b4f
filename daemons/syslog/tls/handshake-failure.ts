/** What a failed handshake is counted and told under. */
export type FailureKind =
  | 'no-certificate'
  | 'unknown-authority'
  | 'expired'
  | 'bad-certificate'
  | 'name'
  | 'version'
  | 'cipher'
  | 'plain-text'
  | 'distrusted'
  | 'silent'
  | 'closed'
  | 'other'

/** Why a client was not let in. */
export interface HandshakeFailure {
  readonly kind: FailureKind
  /** For people. */
  readonly reason: string
}

/** What Node tells of a handshake that failed. */
interface TlsError {
  /** `code` of the error; the library's name of what went wrong. */
  readonly code: string | undefined
  /** Why the client's certificate was not accepted, by OpenSSL's name; null = it was not looked at, or was good. */
  readonly verdict: string | null
}

/** Puts a failed handshake into words; by codes alone, never by the text of an error. */
export function describeFailure({ code, verdict }: TlsError): HandshakeFailure {
  const kind =
    verdict === null ? (KIND_BY_CODE.get(code ?? '') ?? 'other') : (KIND_BY_VERDICT.get(verdict) ?? UNTRUSTED)
  const told = REASONS[kind]
  const detail = kind === 'other' ? code : kind === 'bad-certificate' ? verdict : null
  return { kind, reason: typeof detail === 'string' ? `${told} (${detail})` : told }
}

/** @param names those of the certificate, as its authority vouches for them */
export function describeWrongName(names: readonly string[]): HandshakeFailure {
  const shown = names
    .slice(0, 3)
    .map((name) => JSON.stringify(name.slice(0, 80)))
    .join(', ')
  return { kind: 'name', reason: `${REASONS.name}: it is for ${shown === '' ? 'nobody' : shown}` }
}

const UNTRUSTED = 'bad-certificate'

/** @rfc 8446 section 6.2 for the alerts that a client sends */
const KIND_BY_CODE: ReadonlyMap<string, FailureKind> = new Map([
  ['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', 'no-certificate'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'version'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'version'],
  ['ERR_SSL_NO_SHARED_CIPHER', 'cipher'],
  ['ERR_SSL_NO_SHARED_GROUPS', 'cipher'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'plain-text'],
  ['ERR_SSL_HTTP_REQUEST', 'plain-text'],
  ['ERR_SSL_HTTPS_PROXY_REQUEST', 'plain-text'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'plain-text'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'distrusted'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'distrusted'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', 'distrusted'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'distrusted'],
  ['ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE', 'distrusted'],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', 'silent'],
  ['ECONNRESET', 'closed'],
  ['EPIPE', 'closed'],
])

const KIND_BY_VERDICT: ReadonlyMap<string, FailureKind> = new Map([
  ['UNABLE_TO_GET_ISSUER_CERT', 'unknown-authority'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown-authority'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unknown-authority'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'unknown-authority'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'unknown-authority'],
  ['CERT_SIGNATURE_FAILURE', 'unknown-authority'],
  ['CERT_HAS_EXPIRED', 'expired'],
])

const REASONS: Readonly<Record<FailureKind, string>> = {
  'no-certificate': 'it shows no certificate, and client_ca asks for one',
  'unknown-authority': 'its certificate is not from an authority in client_ca',
  expired: 'its certificate has expired',
  'bad-certificate': 'its certificate is not accepted',
  name: 'its certificate has none of the client_names',
  version: 'it speaks no TLS 1.2 or newer',
  cipher: 'it has no cipher in common with us',
  'plain-text': 'what it sends is not TLS: plain text on a port for TLS',
  distrusted: 'it does not accept our certificate',
  silent: 'it did not finish the handshake in time',
  closed:
    'it closed the connection before the handshake was done, as who does not trust our certificate, or only tries the port',
  other: 'the handshake failed',
}
