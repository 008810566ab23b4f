import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { ChildLines } from '../child-lines.ts'
import { escapeTricky } from '../store/json-text.ts'
import { askAgain } from './ask-again.ts'
import type { LogFilter } from './log-filter.ts'
import type { LogOutput } from './log-output.ts'
import type { LogsIo } from './logs-io.ts'
import { SegmentChoice } from './segment-choice.ts'
import { type Extent, listExtents } from './segment-lines.ts'
import { SqlFailure } from './sql-failure.ts'
import type { SqlAnswer, SqlOrder } from './sql-order.ts'
import { logsView } from './sql-view.ts'
import { formatTable } from './table-text.ts'

/** What is asked. */
export interface SqlWish {
  readonly question: string
  /** Its times alone count. */
  readonly filter: LogFilter
  readonly json: boolean
}

/** Answers a SELECT on the table `logs`. @throws SqlFailure, or Error when the store cannot be read */
export async function askSql(folder: string, wish: SqlWish, output: LogOutput, io: LogsIo): Promise<void> {
  const limit = AbortSignal.timeout(LIMIT_MS)
  const look = (): Extent[] => {
    const choice = new SegmentChoice(folder, wish.filter)
    return listExtents(folder).filter((extent) => extent.end > 0 && choice.mayHold(extent))
  }
  await askAgain(look, (extents) => askOnce(folder, extents, wish, output, io), limit)
}

async function askOnce(
  folder: string,
  extents: readonly Extent[],
  { question, filter, json }: SqlWish,
  output: LogOutput,
  io: LogsIo,
): Promise<void> {
  const order: SqlOrder = {
    view: logsView(extents, filter.sinceMs, filter.untilMs),
    folder,
    question,
    limitMs: LIMIT_MS,
  }
  const child = start(order)
  const end = () => void child.kill('SIGKILL')
  io.stop.addEventListener('abort', end, { once: true })
  output.whenClosed(end)
  let names: readonly string[] = []
  let printed = false
  const table: (readonly unknown[])[] = []
  for await (const answer of answersOf(child)) {
    if (answer.kind === 'failed') {
      // What was printed would be printed twice.
      if (answer.why === 'gone' && printed) throw new SqlFailure('engine', `${answer.reason}; ask again`)
      throw new SqlFailure(answer.why, answer.reason)
    }
    if (answer.kind === 'columns') names = answer.names
    else if (json) {
      printed ||= answer.rows.length > 0
      await output.write(answer.rows.map((row) => `${jsonRow(names, row)}\n`).join(''))
    } else if (table.push(...answer.rows) > LONGEST_TABLE)
      throw new SqlFailure(
        'limit',
        `a table of more than ${LONGEST_TABLE} rows; with --json they come one after the other`,
      )
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  if (names.length === 0 && !output.isClosed && !io.stop.aborted)
    throw new SqlFailure('engine', `the process died by ${child.signalCode ?? `exit ${child.exitCode}`}`)
  if (!json) await output.write(formatTable(names, table))
}

async function* answersOf(child: ChildProcess): AsyncGenerator<SqlAnswer> {
  const lines = new ChildLines()
  for await (const piece of child.stdout?.setEncoding('utf8') ?? [])
    for (const line of lines.push(String(piece))) yield readAnswer(line)
}

function readAnswer(line: string): SqlAnswer {
  try {
    return JSON.parse(line)
  } catch {
    throw new SqlFailure('engine', 'the process told what is no answer')
  }
}

function start(order: SqlOrder): ChildProcess {
  const program = import.meta.filename.endsWith('.ts')
    ? join(import.meta.dirname, '..', 'cli', 'sql.ts')
    : join(import.meta.dirname, 'sql.cjs')
  const child = spawn(process.execPath, [program], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'] },
  })
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(JSON.stringify(order))
  return child
}

function jsonRow(names: readonly string[], row: readonly unknown[]): string {
  return escapeTricky(JSON.stringify(Object.fromEntries(names.map((name, index) => [name, row[index] ?? null]))))
}

const LIMIT_MS = 60_000
const LONGEST_TABLE = 100_000
