/** Confines itself to the folder of the first argument and prints, line by line, which of these works then. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { forbidNewPrivileges } from '../../daemons/linux/process-control.ts'
import { confineToOwnFiles } from '../../daemons/runtime/own-files.ts'

const own = process.argv[2] ?? ''
const state = dirname(own)
const allowed = join(state, 'allowed')
const parent = process.ppid

forbidNewPrivileges()
const files = confineToOwnFiles(own, { readable: [allowed], writable: [allowed] })
files?.keepOnly({ readable: [allowed], writable: [] })
for (const path of [own, `${allowed}/file`, '/etc/passwd', `${allowed}-not`, `${state}/other`])
  process.stdout.write(`${path.replace(state, 'state')}: ${files?.mayRead(path) === true ? 'may' : 'may not'}\n`)

const attempts: Readonly<Record<string, () => unknown>> = {
  'write own': () => writeFileSync(join(own, 'a'), 'a'),
  'append own': () => appendFileSync(join(own, 'a'), 'b'),
  'rename own': () => {
    mkdirSync(join(own, 'below'))
    renameSync(join(own, 'a'), join(own, 'below/b'))
    unlinkSync(join(own, 'below/b'))
  },
  'database own': () => {
    const database = new DatabaseSync(join(own, 'x.sqlite'))
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)')
    database.close()
  },
  'read other': () => readFileSync(join(state, 'other/secret')),
  'read other later': () => readFile(join(state, 'other/secret')),
  'write other': () => writeFileSync(join(state, 'other/new'), ''),
  'list state': () => readdirSync(state),
  'read allowed': () => readFileSync(join(allowed, 'file')),
  'write given up': () => writeFileSync(join(allowed, 'file'), ''),
  'read elsewhere': () => readFileSync('/etc/passwd'),
  'write elsewhere': () => writeFileSync(join(dirname(state), 'new'), ''),
  'throw away': () => writeFileSync('/dev/null', 'x'),
  'signal another': () => process.kill(parent, 0),
  'signal self': () => process.kill(process.pid, 0),
}
for (const [name, attempt] of Object.entries(attempts)) {
  try {
    await attempt()
    process.stdout.write(`${name}: yes\n`)
  } catch (error) {
    process.stdout.write(`${name}: ${error instanceof Error && 'code' in error ? error.code : error}\n`)
  }
}
