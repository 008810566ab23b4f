import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { LanwardConfig } from '../../config/config.ts'
import type { SecretFact } from './facts.ts'
import { readingWords } from './reading-words.ts'

/** Looks at the certificates and keys that the services use: the syslog collector's and network time security's, and the keys of time servers. */
export function seeSecrets(config: LanwardConfig): readonly SecretFact[] {
  return config.daemons.flatMap((daemon): readonly SecretFact[] => {
    if (!daemon.enabled) return []
    if (daemon.name === 'syslog' && daemon.section.tls !== null) return seePair('syslog.tls', daemon.section.tls)
    if (daemon.name !== 'ntp') return []
    const { nts, keys } = daemon.section
    return [
      ...(nts === undefined ? [] : seePair('ntp.nts', nts)),
      ...(keys === undefined ? [] : [seeFile('ntp.keys', keys, () => null)]),
    ]
  })
}

function seePair(setting: string, { cert, key }: { readonly cert: string; readonly key: string }): SecretFact[] {
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
function seeFile(setting: string, path: string, read: (text: string) => number | null): SecretFact {
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
