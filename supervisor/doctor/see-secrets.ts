import { readFileSync, statSync } from 'node:fs'
import type { LanwardConfig } from '../../config/config.ts'
import type { ServiceUser } from '../user/service-user.ts'
import type { SecretFact } from './facts.ts'
import { readAuthorities, readCertificate, readKey } from './pem-text.ts'
import { readingFault } from './reading-fault.ts'
import { findObstacleTo } from './see-users.ts'

/**
 * Looks at the certificates and keys that the services use: their own, those of the authorities that the others must come from, and the
 * keys of time servers.
 *
 * @param reader whom the daemons become, who has to be able to read them; null = whom we are
 */
export function seeSecrets(config: LanwardConfig, reader: ServiceUser | null): readonly SecretFact[] {
  const secrets = config.daemons.flatMap((daemon): readonly Seen[] => {
    if (!daemon.enabled) return []
    if (daemon.name === 'syslog') return seeSyslog(daemon.section)
    return daemon.name === 'ntp' ? seeNtp(daemon.section) : []
  })
  // Several targets or sources may share a file.
  const once = new Map(secrets.map((secret) => [`${secret.setting} ${secret.path}`, secret]))
  return [...once.values()].map((secret) => {
    const path = reader === null || secret.error !== null ? null : findObstacleTo(secret.path, reader)
    return { ...secret, closed: path === null || reader === null ? null : { path, user: reader.name } }
  })
}

type Seen = Omit<SecretFact, 'closed'>
type SectionOf<Name> = Extract<LanwardConfig['daemons'][number], { name: Name }>['section']

function seeSyslog({ tls, forward }: SectionOf<'syslog'>): readonly Seen[] {
  return [
    ...(tls === null ? [] : seePair('syslog.tls', tls)),
    ...seeAuthorities('syslog.tls.client_ca', tls?.clientCa ?? null),
    ...forward.flatMap(({ tls: { ca, cert, key } }) => [
      ...seeAuthorities('syslog.forward.tls.ca', ca),
      ...(cert === null || key === null ? [] : seePair('syslog.forward.tls', { cert, key })),
    ]),
  ]
}

function seeNtp({ nts, keys, sources }: SectionOf<'ntp'>): readonly Seen[] {
  return [
    ...(nts === undefined ? [] : seePair('ntp.nts', nts)),
    ...(keys === undefined ? [] : [seeFile('ntp.keys', keys, 'key', () => null)]),
    ...sources.flatMap(({ authentication }) =>
      seeAuthorities('ntp.source.nts_ca', authentication?.kind === 'nts' ? authentication.ca : null),
    ),
  ]
}

function seePair(setting: string, { cert, key }: { readonly cert: string; readonly key: string }): Seen[] {
  let certificate: ReturnType<typeof readCertificate> | null = null
  const seen = seeFile(`${setting}.cert`, cert, 'certificate', (text) => {
    certificate = readCertificate(text)
    return Date.parse(certificate.validTo)
  })
  const itsKey = seeFile(`${setting}.key`, key, 'key', (text) => {
    const secret = readKey(text)
    if (certificate?.checkPrivateKey(secret) === false) throw new Error(`is not the key of ${cert}`)
    return null
  })
  return [seen, itsKey]
}

/** The authorities of one file are of use as long as one of them is. */
function seeAuthorities(setting: string, path: string | null): readonly Seen[] {
  if (path === null) return []
  return [
    seeFile(setting, path, 'authority', (text) =>
      Math.max(...readAuthorities(text).map(({ validTo }) => Date.parse(validTo))),
    ),
  ]
}

/** @param read gives when it expires; throws what is wrong with it, in words */
function seeFile(setting: string, path: string, role: Seen['role'], read: (text: string) => number | null): Seen {
  try {
    const isPublic = role === 'key' && (statSync(path).mode & 0o004) !== 0
    return { setting, path, role, isPublic, expiresMs: read(readFileSync(path, 'utf8')), error: null }
  } catch (error) {
    return { setting, path, role, isPublic: false, expiresMs: null, error: readingFault(error) }
  }
}
