import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

/** The first certificate of a PEM file. @throws Error in words that go behind the path */
export function readCertificate(text: string): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch {
    throw new Error('holds no certificate in PEM form')
  }
}

/** All certificates of a PEM file, at least one. @throws Error in words that go behind the path */
export function readAuthorities(text: string): readonly X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? ['']
  return blocks.map(readCertificate)
}

/** @throws Error in words that go behind the path */
export function readKey(text: string): KeyObject {
  try {
    return createPrivateKey(text)
  } catch (error) {
    const isLocked = error instanceof Error && 'code' in error && error.code === 'ERR_MISSING_PASSPHRASE'
    throw new Error(
      isLocked ? 'needs a passphrase, and nobody is there to type it' : 'holds no private key in PEM form',
    )
  }
}
