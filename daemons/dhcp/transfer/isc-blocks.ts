import { type IscToken, readIscTokens } from './isc-tokens.ts'

/** A block of a file of ISC dhcpd: `HEAD { STATEMENT; … }`. */
export interface IscBlock {
  readonly line: number
  readonly head: readonly IscToken[]
  /** Without those of the blocks within it. */
  readonly statements: readonly (readonly IscToken[])[]
  /** Those within it. */
  readonly blocks: readonly IscBlock[]
  /** false: the file ends before it does. */
  readonly isWhole: boolean
}

interface OpenBlock {
  readonly head: readonly IscToken[]
  readonly statements: IscToken[][]
  readonly blocks: IscBlock[]
}

/** The blocks of a file, those within others as well, in the order of their ends. */
export function* readIscBlocks(file: string): Generator<IscBlock> {
  const open: OpenBlock[] = []
  let words: IscToken[] = []
  for (const token of readIscTokens(file)) {
    if (token.kind === '{') {
      open.push({ head: words, statements: [], blocks: [] })
      words = []
    } else if (token.kind === '}') {
      const ended = open.pop()
      if (ended !== undefined) {
        const block = { ...ended, line: ended.head[0]?.line ?? token.line, isWhole: true }
        open.at(-1)?.blocks.push(block)
        yield block
      }
      words = []
    } else if (token.kind === ';') {
      open.at(-1)?.statements.push(words)
      words = []
    } else words.push(token)
  }
  for (const block of open) yield { ...block, line: block.head[0]?.line ?? 0, isWhole: false }
}

/** The words of the first statement that begins with these, without them. */
export function findStatement(
  { statements }: Pick<IscBlock, 'statements'>,
  ...words: readonly string[]
): readonly IscToken[] | undefined {
  return statements.find((statement) => words.every((word, at) => statement[at]?.value === word))?.slice(words.length)
}
