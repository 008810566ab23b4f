import { readFileSync } from 'node:fs'
import { connect, isIP, type Socket } from 'node:net'
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect as connectTls,
  type PeerCertificate,
  type TLSSocket,
} from 'node:tls'
import type { ForwardTls, SocketAddress } from '../section.ts'
import { readFingerprint } from '../tls/client-check.ts'

/**
 * Connects to a target over TCP, or TLS with its certificate checked.
 *
 * @rfc 5425 section 4.2.1 and 5.2: the name against the certificate, or its fingerprint
 * @param timeoutMs for all of it, the handshake included
 * @throws Error of the network, of TLS or of a file that cannot be read
 */
export async function connectStream(to: SocketAddress, tls: ForwardTls, timeoutMs: number): Promise<Socket> {
  const { host, port } = to
  if (to.scheme === 'tcp') return opened(connect({ host, port }), 'connect', timeoutMs)
  const checks = tlsChecks(host, tls)
  const peer = connectTls({ host, port, ...checks })
  await opened(peer, 'secureConnect', timeoutMs)
  const wrong = checkFingerprint(peer, host, tls)
  if (wrong === null) return peer
  peer.destroy()
  throw wrong
}

/**
 * What a connection to that host is checked by, and what it shows of us. The files are read anew each time.
 *
 * @throws Error of a file that cannot be read
 */
export function tlsChecks(host: string, tls: ForwardTls): ConnectionOptions {
  const name = tls.name ?? host
  const byPrint = readFingerprint(name) !== null
  return {
    minVersion: 'TLSv1.2',
    ...(byPrint || isIP(name) !== 0 ? {} : { servername: name }),
    ...(tls.ca === null ? {} : { ca: readFileSync(tls.ca) }),
    ...(tls.cert === null ? {} : { cert: readFileSync(tls.cert) }),
    ...(tls.key === null ? {} : { key: readFileSync(tls.key) }),
    // A fingerprint stands for itself, whoever signed the certificate.
    rejectUnauthorized: !byPrint,
    checkServerIdentity: (_host, certificate) => checkName(name, certificate),
  }
}

/** Where a certificate is known by its fingerprint, it is this one; else null, as when it is right. */
export function checkFingerprint(peer: TLSSocket, host: string, tls: ForwardTls): Error | null {
  const wanted = readFingerprint(tls.name ?? host)
  if (wanted === null) return null
  const shown = peer.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase()
  return shown === wanted ? null : new Error(`its certificate has the fingerprint sha256:${shown}`)
}

function checkName(name: string, certificate: PeerCertificate): Error | undefined {
  if (checkServerIdentity(name, certificate) === undefined) return undefined
  const { subject, subjectaltname } = certificate
  return new Error(`its certificate is for ${subjectaltname ?? `CN=${String(subject.CN)}`}, not for ${name}`)
}

function opened<Peer extends Socket>(peer: Peer, event: string, timeoutMs: number): Promise<Peer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timer)
      peer.destroy()
      reject(error)
    }
    const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
    const gone = (): void => fail(new Error('the target closed the connection before it began'))
    peer.once('error', fail)
    peer.once('close', gone)
    peer.once(event, () => {
      clearTimeout(timer)
      peer.off('error', fail)
      peer.off('close', gone)
      // Whoever takes it over looks whether it was destroyed meanwhile.
      peer.on('error', () => undefined)
      resolve(peer)
    })
  })
}
