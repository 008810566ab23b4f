import { dirname, resolve } from 'node:path'
import { buildConfig } from './build-config.ts'
import type { LanwardConfig } from './config.ts'
import { type ConfigProblem, type Finding, formatKey } from './config-problem.ts'
import { hashOf } from './file-hash.ts'
import { readTextFile } from './read-text-file.ts'
import { parseTomlTree } from './toml-tree.ts'

export type LoadedConfig =
  | { readonly kind: 'ok'; readonly config: LanwardConfig; readonly warnings: readonly ConfigProblem[] }
  | { readonly kind: 'wrong'; readonly problems: readonly ConfigProblem[] }

/**
 * Reads and checks a configuration file. All problems are told, in the order of the file, not just the first; nothing
 * else of the machine is looked at. Never throws for anything a file can hold.
 */
export function loadConfig(path: string): LoadedConfig {
  const file = readTextFile(path)
  if (file.kind === 'wrong')
    return { kind: 'wrong', problems: [{ file: path, line: file.line, key: '', message: file.message }] }
  return checkConfig(file.text, path, hashOf(file.bytes))
}

/** The same for text that was read already. */
export function checkConfig(text: string, path: string, fileHash: string): LoadedConfig {
  const document = parseTomlTree(text)
  if (document.kind === 'wrong')
    return { kind: 'wrong', problems: [{ file: path, ...document.position, key: '', message: document.message }] }
  const place = (findings: readonly Finding[]): ConfigProblem[] =>
    findings
      .map((finding) => ({
        file: path,
        ...document.positionOf(finding.path),
        key: formatKey(finding.path),
        message: finding.message,
      }))
      .sort((left, right) => left.line - right.line || left.column - right.column)

  const file = resolve(path)
  const built = buildConfig(document.root, { file, fileHash, folder: dirname(file) })
  if (built.kind === 'wrong') return { kind: 'wrong', problems: place(built.findings) }
  return { kind: 'ok', config: built.config, warnings: place(built.warnings) }
}
