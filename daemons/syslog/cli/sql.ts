import { text } from 'node:stream/consumers'
import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api'
import { confineFiles, landlockVersion } from '../../linux/landlock.ts'
import { forbidNewPrivileges, setParentDeathSignal, setResourceLimit } from '../../linux/process-control.ts'
import type { SqlAnswer, SqlOrder } from '../query/sql-order.ts'
import { escapeTricky } from '../store/json-text.ts'

/**
 * The process that answers one question in SQL about the store. It gives up all rights to write before it looks at the question, and
 * the engine all rights but to read the store: what is asked may come from anywhere.
 *
 * @attack COPY TO a file in the store, reading other files, ATTACH, loading code, a join without end
 */
async function main(): Promise<void> {
  const order: SqlOrder = JSON.parse(await text(process.stdin))
  setParentDeathSignal(SIGKILL)
  forbidNewPrivileges()
  setResourceLimit('core', 0, 0)
  const seconds = Math.ceil(order.limitMs / 1000)
  setResourceLimit('cpu', 4 * seconds, 4 * seconds)
  if (landlockVersion() > 0) confineFiles({ readable: ['/'], writable: [] })
  // Only now: it may not be installed, and whoever asked is to hear that.
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: '512MB',
    temp_directory: '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  await connection.run(`SET allowed_directories = ['${order.folder.replaceAll("'", "''")}/']`)
  await connection.run(order.view)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
  let over = false
  setTimeout(() => {
    over = true
    connection.interrupt()
  }, order.limitMs).unref()
  try {
    await answer(connection, order.question)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (over) throw new Failure('limit', `it took longer than ${seconds} s`)
    throw error instanceof Failure ? error : new Failure(/IO Error/.test(reason) ? 'gone' : 'asked', reason)
  }
}

const ONLY_SELECT = 'only SELECT is allowed: --sql takes a single SELECT, and changes nothing'
const CHANGING = /^\s*(?:alter|delete|drop|insert|merge|truncate|update)\b/i

async function answer(connection: DuckDBConnection, question: string): Promise<void> {
  const { DuckDBTypeId, StatementType } = await import('@duckdb/node-api')
  const wide: readonly number[] = [DuckDBTypeId.BIGINT, DuckDBTypeId.UBIGINT, DuckDBTypeId.HUGEINT]
  const statements = await connection.extractStatements(question)
  if (statements.count !== 1) throw new Failure('asked', `one SELECT is allowed, not ${statements.count} statements`)
  // The engine refuses to prepare these, and in words that do not help here.
  if (CHANGING.test(question)) throw new Failure('asked', ONLY_SELECT)
  const statement = await statements.prepare(0)
  if (statement.statementType !== StatementType.SELECT) throw new Failure('asked', ONLY_SELECT)
  const result = await statement.stream()
  const forms = result.columnTypes().map((type) => formOf(type, wide))
  tell({ kind: 'columns', names: result.columnNames() })
  for await (const rows of result.yieldRowsJson()) {
    const written = rows.map((row) => row.map((value, index) => forms[index]?.(value) ?? value))
    if (!tell({ kind: 'rows', rows: written })) await drained()
  }
}

/** The engine gives numbers of 64 bits and more, and JSON, as text. @param wide ids of the types of such numbers */
function formOf(type: DuckDBType, wide: readonly number[]): ((value: unknown) => unknown) | null {
  if (type.alias === 'JSON') return (value) => (typeof value === 'string' ? JSON.parse(value) : value)
  if (!wide.includes(type.typeId)) return null
  return (value) => (Number.isSafeInteger(Number(value)) && value !== null ? Number(value) : value)
}

class Failure extends Error {
  readonly why: 'asked' | 'gone' | 'limit'

  constructor(why: Failure['why'], reason: string) {
    super(reason)
    this.why = why
  }
}

function tell(answer: SqlAnswer): boolean {
  return process.stdout.write(`${escapeTricky(JSON.stringify(answer))}\n`)
}

function drained(): Promise<void> {
  return new Promise((resolve) => process.stdout.once('drain', resolve))
}

const SIGKILL = 9

main().catch((error: unknown) => {
  // Behind the first part stands the question once more.
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n\n')
  const inOneLine = reason.replaceAll(/\s*\n\s*/g, ' ')
  tell({ kind: 'failed', why: error instanceof Failure ? error.why : 'engine', reason: inOneLine })
})
