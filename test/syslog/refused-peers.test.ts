import { describe, expect, test } from 'vitest'
import { describeFailure } from '../../daemons/syslog/tls/handshake-failure.ts'
import { RefusedPeers } from '../../daemons/syslog/tls/refused-peers.ts'

const LISTEN = 'tls://0.0.0.0:6514'
const PLAIN = describeFailure({ code: 'ERR_SSL_WRONG_VERSION_NUMBER', verdict: null })
const SILENT = describeFailure({ code: 'ERR_TLS_HANDSHAKE_TIMEOUT', verdict: null })
const SOON = Date.parse('2026-01-31T10:00:00Z')

/** Peers on a clock that stands where the test puts it, and what was logged of them. */
function openPeers() {
  const lines: object[] = []
  const at = { ms: 0 }
  const clock = { wallMs: () => SOON + at.ms, monotonicMs: () => at.ms }
  const peers = new RefusedPeers({ clock, log: { warn: (line: object) => lines.push(line) } })
  return { peers, lines, at }
}

describe('describeFailure', () => {
  test.each([
    ['ERR_SSL_HTTP_REQUEST', null, 'plain-text', 'plain text on a port for TLS'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', null, 'version', 'no TLS 1.2'],
    ['ERR_SSL_NO_SHARED_CIPHER', null, 'cipher', 'cipher'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', null, 'distrusted', 'does not accept our certificate'],
    ['ECONNRESET', null, 'closed', 'closed the connection'],
    ['ECONNRESET', 'CERT_HAS_EXPIRED', 'expired', 'expired'],
    ['ECONNRESET', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'unknown-authority', 'client_ca'],
    ['ECONNRESET', 'INVALID_PURPOSE', 'bad-certificate', 'not accepted (INVALID_PURPOSE)'],
    ['ERR_SSL_SOMETHING_NEW', null, 'other', '(ERR_SSL_SOMETHING_NEW)'],
    [undefined, null, 'other', 'the handshake failed'],
  ])('of %s, with the verdict %s on the certificate, says %s', (code, verdict, kind, words) => {
    expect(describeFailure({ code, verdict })).toEqual({ kind, reason: expect.stringContaining(words) })
  })
})

describe('RefusedPeers', () => {
  test('tells the newest first, and counts the same peer with the same reason', () => {
    const { peers, at } = openPeers()
    peers.add('192.0.2.1', PLAIN, LISTEN)
    peers.add('192.0.2.2', PLAIN, LISTEN)
    at.ms = 5_000
    peers.add('192.0.2.1', PLAIN, LISTEN)
    peers.add('192.0.2.1', SILENT, LISTEN)
    expect(peers.report().map(({ text }) => text)).toEqual([
      '192.0.2.1: it did not finish the handshake in time; last at 2026-01-31T10:00:05.000Z',
      '192.0.2.1: what it sends is not TLS: plain text on a port for TLS; 2 times, last at 2026-01-31T10:00:05.000Z',
      '192.0.2.2: what it sends is not TLS: plain text on a port for TLS; last at 2026-01-31T10:00:00.000Z',
    ])
  })

  test('writes one line for a peer and a reason in five minutes, and says how often it was', () => {
    const { peers, lines, at } = openPeers()
    for (const ms of [0, 1_000, 299_999, 300_000]) {
      at.ms = ms
      peers.add('192.0.2.1', PLAIN, LISTEN)
    }
    expect(lines).toMatchObject([{ peer: '192.0.2.1', listen: LISTEN, times: 1 }, { times: 3 }])
  })

  test('stays small and quiet whoever comes', () => {
    const { peers, lines, at } = openPeers()
    for (let host = 0; host < 1_000; host++) peers.add(`2001:db8::${host.toString(16)}`, PLAIN, LISTEN)
    expect(lines).toHaveLength(30)
    expect(peers.report()).toHaveLength(16)
    expect(peers.report()[0]?.address).toBe('2001:db8::3e7')
    at.ms = 300_000
    peers.add('2001:db8::0', PLAIN, LISTEN)
    expect(lines).toHaveLength(31)
    expect(lines.at(-1)).toMatchObject({ times: 1 })
  })
})
