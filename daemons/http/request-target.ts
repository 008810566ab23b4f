/** What a request asks for: the path as sent (still percent-encoded), without query, scheme and authority. */
export type RequestTarget = { readonly path: string } | 'malformed'

/**
 * Reads a request target in origin form or absolute form.
 *
 * @rfc 9112 section 3.2
 * @param target as it stood in the request line; never throws
 */
export function readTarget(target: string): RequestTarget {
  const absolute = /^https?:\/\/[^/?#]*/i.exec(target)
  const rest = absolute === null ? target : target.slice(absolute[0].length)
  const path = rest.split(/[?#]/, 1)[0] ?? ''
  if (absolute !== null && path === '') return { path: '/' }
  return path.startsWith('/') ? { path } : 'malformed'
}

/**
 * Turns a path into the names of folders and file under the root. Decodes exactly once, so the check and the look-up
 * see the same names.
 *
 * @returns the names (the last one is empty when a folder was asked for), `hidden` for what is never shown, `malformed`
 * @attack refuses `.` and `..`, names that begin with a dot, empty names, and slash, backslash or NUL in any encoding
 */
export function readFileNames(path: string): readonly string[] | 'hidden' | 'malformed' {
  const names: string[] = []
  const parts = path.slice(1).split('/')
  for (const [index, part] of parts.entries()) {
    let name: string
    try {
      name = decodeURIComponent(part)
    } catch {
      return 'malformed'
    }
    if (/[\\/\0]/.test(name)) return 'malformed'
    if (name.startsWith('.') || (name === '' && index < parts.length - 1)) return 'hidden'
    names.push(name)
  }
  return names
}
