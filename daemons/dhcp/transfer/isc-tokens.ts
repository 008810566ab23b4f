import { readIdentifier } from './foreign-lease.ts'

/** A piece of a file in the syntax of ISC dhcpd. */
export interface IscToken {
  readonly line: number
  readonly kind: 'word' | 'text' | '{' | '}' | ';'
  /** Of a text the octets that it stands for, one character each. */
  readonly value: string
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b' }
const TOKEN = /\s+|#[^\n]*|[{};]|"((?:\\[0-7]{1,3}|\\x[0-9a-fA-F]{1,2}|\\[\s\S]|[^"\\])*)"|[^\s{};"]+|"/gy

/** Parts a lease file into its words. A text that does not end is left as a word `"`, and what follows is read as words. */
export function* readIscTokens(file: string): Generator<IscToken> {
  let line = 1
  for (const match of file.matchAll(TOKEN)) {
    const [whole, quoted] = match
    if (quoted !== undefined) yield { line, kind: 'text', value: unquote(quoted) }
    else if (whole === '{' || whole === '}' || whole === ';') yield { line, kind: whole, value: whole }
    else if (!/^[\s#]/.test(whole)) yield { line, kind: 'word', value: whole }
    line += whole.split('\n').length - 1
  }
}

function unquote(text: string): string {
  return text.replaceAll(/\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|[\s\S])/g, (_, sequence: string) => {
    if (/^[0-7]/.test(sequence)) return String.fromCharCode(Number.parseInt(sequence, 8) & 255)
    if (/^x[0-9a-fA-F]/.test(sequence)) return String.fromCharCode(Number.parseInt(sequence.slice(1), 16))
    return ESCAPES[sequence] ?? sequence
  })
}

/** Writes octets, one character each, as a text that dhcpd reads back. */
export function quoteIscText(octets: string): string {
  const body = [...octets].map((octet) => {
    const code = octet.charCodeAt(0) & 255
    if (octet === '"' || octet === '\\') return `\\${octet}`
    return code < 0x20 || code > 0x7e ? `\\${code.toString(8).padStart(3, '0')}` : octet
  })
  return `"${body.join('')}"`
}

/** Makes lower-case hex of an identifier as ISC dhcpd writes it: a text, or octets with colons between them. */
export function readUid(token: IscToken | undefined): string | null {
  if (token === undefined) return null
  if (token.kind === 'text') return token.value.length > 255 ? null : Buffer.from(token.value, 'latin1').toString('hex')
  return readIdentifier(token.value)
}
