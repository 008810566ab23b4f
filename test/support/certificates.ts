import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How a certificate differs from a good one for its name. */
export interface CertificateChanges {
  /** Its subjectAltName as openssl writes it; null = none, so that only the CN has the name. */
  readonly alternatives?: string | null
  /** By an authority that nobody knows. */
  readonly stranger?: boolean
  readonly expired?: boolean
}

/** An authority (`ca.pem`) and what it issues, by openssl, in a folder of its own. */
export class Certificates implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'lanward-certificates-'))

  constructor() {
    for (const authority of ['ca', 'other'])
      this.#openssl(
        'req',
        '-x509',
        ...KEY,
        '-keyout',
        `${authority}.key`,
        '-out',
        `${authority}.pem`,
        '-subj',
        `/CN=${authority}`,
      )
  }

  /** Path of a file in the folder. */
  path(file: string): string {
    return join(this.folder, file)
  }

  /** Makes `NAME.pem` and `NAME.key`, good for the name and for 127.0.0.1 unless changed. */
  issue(name: string, { alternatives, stranger = false, expired = false }: CertificateChanges = {}): void {
    const by = stranger ? 'other' : 'ca'
    const names = alternatives === undefined ? `DNS:${name},IP:127.0.0.1` : alternatives
    writeFileSync(this.path('names'), names === null ? '' : `subjectAltName=${names}\n`)
    writeFileSync(this.path('index.txt'), '')
    writeFileSync(this.path('ca.cnf'), AUTHORITY)
    this.#openssl('req', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    const dates = expired ? ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z'] : ['-days', '2']
    const files = ['-cert', `${by}.pem`, '-keyfile', `${by}.key`, '-in', `${name}.csr`, '-out', `${name}.pem`]
    this.#openssl(
      'ca',
      '-batch',
      '-notext',
      '-rand_serial',
      '-config',
      'ca.cnf',
      '-extfile',
      'names',
      ...dates,
      ...files,
    )
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #openssl(...words: string[]): void {
    const run = spawnSync('openssl', words, { cwd: this.folder, encoding: 'utf8' })
    if (run.status !== 0) throw new Error(run.stderr)
  }
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
const AUTHORITY = `[ca]
default_ca = here
[here]
database = index.txt
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
rand_serial = yes
[any]
commonName = supplied
`
