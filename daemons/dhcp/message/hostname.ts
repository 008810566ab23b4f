const LABEL_MAX = 63
const NAME_MAX = 253
/** One instance of an option, which is more than a name can have. */
const LOOKED_AT = 255

/**
 * Makes a host name of what a client calls itself, so that no page, terminal, log or file can be tricked by it.
 * Octets that no host name holds become hyphens, labels are cut to 63 octets, empty ones fall away; octets after the
 * first 255 are not looked at.
 *
 * @rfc 2132 section 3.14; 1123 section 2.1 for the letters
 * @param bytes option 12, with or without a trailing NUL
 * @returns the name, at most 253 characters of `a-z A-Z 0-9 - .`, or null when nothing is left; never throws
 */
export function sanitizeHostname(bytes: Uint8Array): string | null {
  let text = ''
  for (const byte of bytes.subarray(0, LOOKED_AT)) {
    if (byte === 0) break
    const char = String.fromCharCode(byte)
    text += /[a-zA-Z0-9.-]/.test(char) ? char : '-'
  }
  const labels = text
    .split('.')
    .map((label) => label.replace(/^-+/, '').slice(0, LABEL_MAX).replace(/-+$/, ''))
    .filter((label) => label !== '')
  let name = ''
  for (const label of labels) {
    const longer = name === '' ? label : `${name}.${label}`
    if (longer.length > NAME_MAX) break
    name = longer
  }
  // A copy: V8 lets a part of a text keep the whole of it in memory.
  return name === '' ? null : Buffer.from(name, 'latin1').toString('latin1')
}
