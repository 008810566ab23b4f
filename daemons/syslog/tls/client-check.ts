import type { X509Certificate } from 'node:crypto'

/** What of a certificate tells whose it is. */
export type CertificateNames = Pick<X509Certificate, 'fingerprint256' | 'subject'> & {
  readonly subjectAltName: string | undefined
}

/**
 * Makes the check of who may send: a client whose certificate (issued by the configured authority, which TLS has checked) has
 * one of the names. A name may begin with `*.` for any one label; `sha256:` and 64 hex digits name one certificate.
 *
 * @rfc 5425 section 5.2: dNSName or iPAddress of subjectAltName, CN only where there is no dNSName
 * @param allowed none = every certificate of the authority
 */
export function clientCheck(allowed: readonly string[]): (certificate: CertificateNames) => boolean {
  if (allowed.length === 0) return () => true
  const prints = new Set(allowed.flatMap((name) => readFingerprint(name) ?? []))
  const names = allowed.filter((name) => readFingerprint(name) === null).map((name) => name.toLowerCase())
  return (certificate) =>
    prints.has(certificate.fingerprint256.replaceAll(':', '').toLowerCase()) ||
    namesOf(certificate).some((name) => names.some((pattern) => matches(pattern, name)))
}

/** 64 hex digits in lower case, or null when the name is that of a host. */
export function readFingerprint(name: string): string | null {
  const digits = /^sha256:([0-9a-f:]{64,95})$/i.exec(name)?.[1]?.replaceAll(':', '').toLowerCase()
  return digits?.length === 64 ? digits : null
}

/** The names that a certificate is for, in lower case; one with characters that could end it is quoted and matches nothing. */
export function namesOf({ subjectAltName, subject }: CertificateNames): readonly string[] {
  const alternatives = (subjectAltName ?? '').split(', ')
  const hosts = alternatives.filter((name) => name.startsWith('DNS:')).map((name) => name.slice('DNS:'.length))
  const addresses = alternatives
    .filter((name) => name.startsWith('IP Address:'))
    .map((name) => name.slice('IP Address:'.length))
  const common =
    hosts.length > 0
      ? []
      : subject
          .split('\n')
          .filter((line) => line.startsWith('CN='))
          .map((line) => line.slice(3))
  return [...hosts, ...addresses, ...common].map((name) => name.toLowerCase())
}

function matches(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === name
  const dot = name.indexOf('.')
  return dot > 0 && name.slice(dot) === pattern.slice(1)
}
