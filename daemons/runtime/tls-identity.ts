import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

/** The PEM files that a server proves itself with; the authority of its clients, null = they need no certificate. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
  readonly clientCa: string | null
}

/**
 * Certificate, key and authority as the files have them now. They are renewed by others while we run: each look reads
 * them again, and what cannot be used leaves the last good ones in force.
 */
export class TlsIdentity {
  readonly #files: TlsFiles
  #text = ''
  #context: SecureContextOptions | null = null
  #wrong: string | null = null
  #expiresMs = Number.POSITIVE_INFINITY

  constructor(files: TlsFiles) {
    this.#files = files
  }

  /** null until there was a usable one. */
  get context(): SecureContextOptions | null {
    return this.#context
  }

  /**
   * Reads the files.
   *
   * @returns whether there is something new to serve with
   */
  look(): boolean {
    try {
      const { cert, key, clientCa } = this.#files
      const options = { cert: read(cert), key: read(key), ...(clientCa === null ? {} : { ca: read(clientCa) }) }
      const text = Object.values(options).join('\n')
      if (text === this.#text) {
        this.#wrong = null
        return false
      }
      createSecureContext(options)
      this.#expiresMs = Date.parse(new X509Certificate(options.cert).validTo)
      this.#context = options
      this.#text = text
      this.#wrong = null
      return true
    } catch (error) {
      this.#wrong = error instanceof Error ? error.message : String(error)
      return false
    }
  }

  /** What is wrong with them, in words. */
  fault(wallMs: number): string | null {
    if (this.#wrong !== null) {
      const effect = this.#context === null ? 'no TLS' : 'TLS goes on with the earlier ones'
      return `cannot use the certificate and key: ${this.#wrong}; ${effect}`
    }
    if (wallMs <= this.#expiresMs) return null
    return `the certificate ${this.#files.cert} has expired at ${new Date(this.#expiresMs).toISOString()}`
  }
}

/** @throws Error with the path in its message */
function read(path: string): string {
  return readFileSync(path, 'utf8')
}
