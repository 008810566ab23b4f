import { formatListenUrl, type ListenUrl, parseListenUrl } from '../../daemons/wire/listen-url.ts'
import { Complaint, list, written } from './piece.ts'

export type ListenScheme = 'udp' | 'tcp' | 'tls' | 'unix' | 'unix-stream'

const EXAMPLES: Readonly<Record<ListenScheme, string>> = {
  udp: '"udp://0.0.0.0:514"',
  tcp: '"tcp://[::1]:514"',
  tls: '"tls://0.0.0.0:6514"',
  unix: '"unix:///run/lanward/log.sock"',
  'unix-stream': '"unix-stream:///dev/log"',
}

/** The sockets of a service; `unix` paths stay as written until the folder of the file is known. */
export function listenList(about: string, schemes: readonly ListenScheme[]) {
  return list(about, listenUrl(schemes))
}

function listenUrl(schemes: readonly ListenScheme[]) {
  const what = `a socket such as ${schemes.map((scheme) => EXAMPLES[scheme]).join(' or ')}`
  const form = { pattern: `^(${schemes.join('|')})://.+` }
  return written('A socket to serve.', what, form, (text): ListenUrl | Complaint => {
    const shown = JSON.stringify(text.slice(0, 80))
    const url = parseListenUrl(text)
    if (url === null) return new Complaint(`must be ${what} with a literal address, not ${shown}`)
    if (url.scheme === 'tls' && !schemes.includes('tls'))
      return new Complaint(
        `${shown} needs a certificate: it belongs under [${schemes.includes('tcp') ? 'syslog.tls' : 'ntp.nts'}]`,
      )
    if (!schemes.some((scheme) => scheme === url.scheme))
      return new Complaint(`must start with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}, not ${shown}`)
    return url
  })
}

/** Finishes a URL: a relative path of a unix socket is taken from the folder of the configuration file. */
export function anchorListenUrl(url: ListenUrl, anchor: (path: string) => string): string {
  return formatListenUrl('path' in url ? { ...url, path: anchor(url.path) } : url)
}
