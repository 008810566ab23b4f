import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const ROOT = new URL('../..', import.meta.url).pathname

export interface SourceFile {
  /** Path from the top of the checkout. */
  readonly path: string
  readonly text: string
}

/** Every TypeScript file that git knows or would add, under the given folders. */
export function sourceFiles(...folders: string[]): readonly SourceFile[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', ...folders],
    { cwd: ROOT, encoding: 'utf8' },
  )
  return listed
    .split('\0')
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => {
      try {
        return [{ path, text: readFileSync(`${ROOT}/${path}`, 'utf8') }]
      } catch {
        return [] // Deleted and not yet committed.
      }
    })
}

/** What a file imports: the specifier as written, and whether only types come from it. */
export function importsOf(file: SourceFile): readonly { readonly from: string; readonly typeOnly: boolean }[] {
  const statements = file.text.matchAll(
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm,
  )
  return [...statements].map((match) => ({
    from: match[2] ?? match[3] ?? match[4] ?? '',
    typeOnly: match[1] !== undefined,
  }))
}

/** Resolves a relative import to a path from the top of the checkout; anything else stays as it is. */
export function resolveImport(file: SourceFile, from: string): string {
  return from.startsWith('.') ? new URL(from, `file:///${file.path}`).pathname.slice(1) : from
}
