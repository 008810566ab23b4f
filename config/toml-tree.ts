import { type AST, ParseError, parseTOML } from 'toml-eslint-parser'
import type { KeyPath } from './config-problem.ts'

/** A table of the file; it has no prototype, so that a key named `__proto__` is a key like any other. */
export type TomlTable = { [key: string]: unknown }

export interface Position {
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

export type TomlDocument =
  | { readonly kind: 'ok'; readonly root: TomlTable; readonly positionOf: (path: KeyPath) => Position }
  | { readonly kind: 'wrong'; readonly position: Position; readonly message: string }

/**
 * Reads TOML 1.0 text into plain values and remembers where each key stands. `positionOf` answers for a key that is
 * missing with the place of the innermost table that could hold it. Never throws.
 */
export function parseTomlTree(text: string): TomlDocument {
  try {
    const tree = new Tree()
    tree.addTopLevel(parseTOML(text, { tomlVersion: '1.0.0' }).body[0])
    return { kind: 'ok', root: tree.root, positionOf: (path) => tree.positionOf(path) }
  } catch (error) {
    if (error instanceof ParseError) {
      const message = error.message.replace(/\.$/, '')
      const position = { line: error.lineNumber, column: error.column + 1 }
      return {
        kind: 'wrong',
        position,
        message: `not valid TOML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
      }
    }
    if (error instanceof RangeError)
      return { kind: 'wrong', position: { line: 1, column: 1 }, message: 'not valid: nested too deeply' }
    throw error
  }
}

class Tree {
  readonly root: TomlTable = newTable()
  private readonly positions = new Map<string, Position>()

  addTopLevel(node: AST.TOMLTopLevelTable): void {
    for (const child of node.body) {
      if (child.type === 'TOMLKeyValue') {
        this.addKeyValue(this.root, [], child)
        continue
      }
      const place = this.openTable(child)
      for (const pair of child.body) this.addKeyValue(place, child.resolvedKey, pair)
    }
  }

  positionOf(path: KeyPath): Position {
    for (let length = path.length; length > 0; length--) {
      const position = this.positions.get(placeName(path.slice(0, length)))
      if (position !== undefined) return position
    }
    return { line: 1, column: 1 }
  }

  private openTable(node: AST.TOMLTable): TomlTable {
    let place: unknown = this.root
    const path: (string | number)[] = []
    for (const [depth, part] of node.resolvedKey.entries()) {
      path.push(part)
      this.mark(path, node.key)
      place = stepInto(place, part, typeof node.resolvedKey[depth + 1] === 'number')
    }
    return isTable(place) ? place : newTable()
  }

  private addKeyValue(table: TomlTable, above: KeyPath, node: AST.TOMLKeyValue): void {
    let place: unknown = table
    const path = [...above]
    const names = node.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value))
    const last = names.pop() ?? ''
    for (const name of names) {
      path.push(name)
      this.mark(path, node.key)
      place = stepInto(place, name, false)
    }
    path.push(last)
    this.mark(path, node.key)
    if (isTable(place)) place[last] = this.valueOf(node.value, path)
  }

  private valueOf(node: AST.TOMLContentNode, path: KeyPath): unknown {
    if (node.type === 'TOMLValue') return node.value
    if (node.type === 'TOMLInlineTable') {
      const table = newTable()
      for (const pair of node.body) this.addKeyValue(table, path, pair)
      return table
    }
    return node.elements.map((element, index) => {
      this.mark([...path, index], element)
      return this.valueOf(element, [...path, index])
    })
  }

  private mark(path: KeyPath, node: AST.TOMLNode): void {
    const name = placeName(path)
    if (this.positions.has(name)) return
    this.positions.set(name, { line: node.loc.start.line, column: node.loc.start.column + 1 })
  }
}

/** The table or list under `part`, made when it is not there yet. */
function stepInto(place: unknown, part: string | number, list: boolean): unknown {
  if (Array.isArray(place) && typeof part === 'number') {
    place[part] ??= newTable()
    return place[part]
  }
  if (!isTable(place)) return newTable()
  place[part] ??= list ? [] : newTable()
  return place[part]
}

/** Whether a value of the tree is a table (not a list, a date or a plain value). */
export function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

function newTable(): TomlTable {
  return Object.create(null)
}

function placeName(path: KeyPath): string {
  return JSON.stringify(path)
}
