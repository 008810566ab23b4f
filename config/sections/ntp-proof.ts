import * as v from 'valibot'
import type { NtsSettings, SourceSettings } from '../../daemons/ntp/section.ts'
import type { Finding } from '../config-problem.ts'
import { duration } from '../pieces/duration.ts'
import { listenList } from '../pieces/listen.ts'
import { flag, table, text, whole } from '../pieces/piece.ts'

/** `[ntp.nts]`. */
export const ntsSchema = table('Serves network time security (RFC 8915).', {
  listen: v.optional(listenList('Sockets where clients get their keys.', ['tls']), [
    'tls://0.0.0.0:4460',
    'tls://[::]:4460',
  ]),
  cert: text('File of the certificate, and behind it those that lead to its authority (PEM).', 'the path of a file'),
  key: text('File of its key (PEM), readable by the user of the daemons.', 'the path of a file'),
  rotate: v.optional(
    duration('How long a key seals cookies; they are good for two such times more.', '1m', '30d'),
    '1d',
  ),
  server: v.optional(
    text('Name of the time server that clients are told; absent = the one where they got their keys.', 'a host name'),
  ),
  port: v.optional(whole('Port of the time server that clients are told; absent = that of `listen`.', 1, 65_535)),
})

/** The keys of `[[ntp.source]]` that say how its answers are proved. */
export const sourceProof = {
  key: v.optional(
    whole(
      'Number of the key in `keys` that both sides sign with; an answer that is not signed does not count.',
      1,
      2 ** 32 - 1,
    ),
  ),
  nts: v.optional(flag('Network time security: only answers count that are proved by keys got over TLS.'), false),
  nts_port: v.optional(whole('Port where keys are got.', 1, 65_535)),
  nts_ca: v.optional(
    text(
      'File of the authorities that may vouch for the server (PEM); absent = those that Node.js knows.',
      'the path of a file',
    ),
  ),
}

const NTS_PORT = 4460

interface WrittenProof {
  readonly key?: number | undefined
  readonly nts: boolean
  readonly nts_port?: number | undefined
  readonly nts_ca?: string | undefined
}

/** How a source is authenticated, as the daemon gets it; nothing = not at all. */
export function buildProof(
  { key, nts, nts_port, nts_ca }: WrittenProof,
  anchor: (path: string) => string,
): Pick<SourceSettings, 'authentication'> {
  if (nts)
    return {
      authentication: { kind: 'nts', port: nts_port ?? NTS_PORT, ca: nts_ca === undefined ? null : anchor(nts_ca) },
    }
  return key === undefined ? {} : { authentication: { kind: 'key', id: key } }
}

/** Fills in what `[ntp.nts]` leaves open. */
export function buildNts(written: v.InferOutput<typeof ntsSchema>, anchor: (path: string) => string): NtsSettings {
  const { cert, key, rotate, server = null, port = null } = written
  return { cert: anchor(cert), key: anchor(key), rotateMs: rotate, server, port }
}

/** What is wrong in the proofs of one source. @param hasKeys whether there is a file of keys */
export function checkProof(
  { key, nts, nts_port, nts_ca }: WrittenProof,
  hasKeys: boolean,
  path: Finding['path'],
): Finding[] {
  const findings: Finding[] = []
  const add = (name: string, message: string): void => void findings.push({ path: [...path, name], message })
  if (key !== undefined && !hasKeys) add('key', 'needs [ntp] keys: the file that has this key')
  if (key !== undefined && nts) add('key', 'is not used with nts = true; remove one of them')
  if (nts_port !== undefined && !nts) add('nts_port', 'needs nts = true')
  if (nts_ca !== undefined && !nts) add('nts_ca', 'needs nts = true')
  return findings
}

/** What is wrong in `[ntp.nts]`. */
export function checkNts(written: v.InferOutput<typeof ntsSchema>): Finding[] {
  const path = ['ntp', 'nts'] as const
  const findings: Finding[] = []
  if (written.listen.length === 0)
    findings.push({ path: [...path, 'listen'], message: 'must name at least one socket' })
  if (written.server !== undefined && !/^[\x21-\x7e]{1,255}$/.test(written.server))
    findings.push({ path: [...path, 'server'], message: 'must be a host name or an address' })
  return findings
}
