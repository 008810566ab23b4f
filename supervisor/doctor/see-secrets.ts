import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { LanwardConfig } from '../../config/config.ts'
import type { ServiceUser } from '../user/service-user.ts'
import type { SecretFact } from './facts.ts'
import { readingWords } from './reading-words.ts'
import { findObstacleTo } from './see-users.ts'

/**
 * Looks at the certificates and keys that the services use: the syslog collector's and network time security's, and the keys of time servers.
 *
 * @param reader whom the daemons become, who has to be able to read them; null = whom we are
 */
export function seeSecrets(config: LanwardConfig, reader: ServiceUser | null): readonly SecretFact[] {
  const secrets = config.daemons.flatMap((daemon): readonly Seen[] => {
    if (!daemon.enabled) return []
    if (daemon.name === 'syslog' && daemon.section.tls !== null) return seePair('syslog.tls', daemon.section.tls)
    if (daemon.name !== 'ntp') return []
    const { nts, keys } = daemon.section
    return [
      ...(nts === undefined ? [] : seePair('ntp.nts', nts)),
      ...(keys === undefined ? [] : [seeFile('ntp.keys', keys, () => null)]),
    ]
  })
  return secrets.map((secret) => {
    const path = reader === null || secret.error !== null ? null : findObstacleTo(secret.path, reader)
    return { ...secret, closed: path === null || reader === null ? null : { path, user: reader.name } }
  })
}

type Seen = Omit<SecretFact, 'closed'>

function seePair(setting: string, { cert, key }: { readonly cert: string; readonly key: string }): Seen[] {
  let certificate: X509Certificate | null = null
  const seen = seeFile(`${setting}.cert`, cert, (text) => {
    certificate = new X509Certificate(text)
    return Date.parse(certificate.validTo)
  })
  const itsKey = seeFile(`${setting}.key`, key, (text) => {
    const secret = createPrivateKey(text)
    if (certificate?.checkPrivateKey(secret) === false) throw new Error(`is not the key of ${cert}`)
    return null
  })
  return [{ ...seen, isPublic: false }, itsKey]
}

/** @param read gives when it expires; throws what is wrong with it, in words */
function seeFile(setting: string, path: string, read: (text: string) => number | null): Seen {
  try {
    const isPublic = (statSync(path).mode & 0o004) !== 0
    return { setting, path, isPublic, expiresMs: read(readFileSync(path, 'utf8')), error: null }
  } catch (error) {
    return {
      setting,
      path,
      isPublic: false,
      expiresMs: null,
      error: readingWords(error),
    }
  }
}
