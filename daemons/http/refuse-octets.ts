/**
 * The whole answer to octets that are no request we can hand on, by the code of the parser's error; closes the
 * connection.
 *
 * @rfc 9110 sections 15.5.1 (400), 15.5.9 (408), 15.6.2 (501), 15.6.6 (505); 6585 section 5 (431)
 */
export function refuseOctets(code: string | undefined): string {
  return wholeAnswer(STATUS_OF[code ?? ''] ?? '400 Bad Request')
}

/** The whole answer to CONNECT: this is no proxy. @rfc 9110 section 9.3.6 */
export function refuseConnect(): string {
  return wholeAnswer('405 Method Not Allowed', 'Allow: GET, HEAD\r\n')
}

const STATUS_OF: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_INVALID_METHOD: '501 Not Implemented',
  HPE_INVALID_VERSION: '505 HTTP Version Not Supported',
}

function wholeAnswer(status: string, headers = ''): string {
  return `HTTP/1.1 ${status}\r\n${headers}Connection: close\r\nContent-Type: text/plain\r\nContent-Length: ${status.length + 2}\r\n\r\n${status}\r\n`
}
