import { readFileSync } from 'node:fs'
import { wordsOfFileError } from '../../../config/read-text-file.ts'
import { brokenAnswer } from '../../control/control-client.ts'
import { CommandFailure, EXIT } from '../exit-code.ts'
import { printable } from '../printable.ts'
import type { SharedOptions } from '../request.ts'
import { printJson, printLine, printNote, type Terminal } from '../terminal.ts'
import { change } from './change.ts'
import { fetchLeases } from './fetch-leases.ts'
import { EXPORT_FORMATS, type FoundLease, type LeftOut, loadLeaseFiles } from './lease-files.ts'
import { type LeaseWishes, leaseFilter } from './lease-filter.ts'

/** `lanward leases export`: all leases in the form of another program; filters as of the list. */
export async function runExport(
  options: SharedOptions & LeaseWishes & { readonly format?: string },
  terminal: Terminal,
): Promise<number> {
  const format = EXPORT_FORMATS.find((one) => one === (options.format ?? 'json'))
  if (format === undefined)
    throw new CommandFailure(
      EXIT.usage,
      `there is no format "${options.format}"; there are ${EXPORT_FORMATS.join(', ')}`,
    )
  const isWanted = leaseFilter({ all: true, ...options })
  const files = await loadLeaseFiles()
  const leases = await fetchLeases(options, terminal, true)
  terminal.stdout.write(files.formatLeases(leases.filter(isWanted), format))
  return EXIT.ok
}

/** `lanward leases import FILE`: takes over leases of another server; 1 when there is none that could be. */
export async function runImport(
  path: string,
  options: SharedOptions & { readonly dryRun?: boolean },
  terminal: Terminal,
): Promise<number> {
  const files = await loadLeaseFiles()
  const parsed = files.readLeaseFile(readText(path), terminal.now().getTime())
  if (parsed === null)
    throw new CommandFailure(EXIT.usage, `${printable(path)} is no lease file of ISC dhcpd, dnsmasq or Kea (memfile)`)
  const leftOut: LeftOut[] = [...parsed.leftOut]
  const dry = options.dryRun === true
  const send = async (question: string, params: object): Promise<number> => {
    const report = asReport(await change(options, terminal, question, { ...params, dry }))
    leftOut.push(...report.left_out.map(({ what, reason }) => ({ line: 0, what, reason })))
    return report.imported
  }
  let reserved = 0
  for (const hosts of inParts(parsed.hosts)) reserved += await send('change-import-hosts', { hosts })
  for (const hosts of inParts(parsed.hosts6)) reserved += await send('change-import-hosts6', { hosts })
  let imported = 0
  for (const [question, leases] of [
    ['change-import', parsed.leases],
    ['change-import6', parsed.leases6],
  ] as const) {
    // What a client has now goes before what it had: the last one entered is remembered.
    const inOrder = [...leases].sort((one, other) => rank(one) - rank(other))
    for (const part of inParts(inOrder)) imported += await send(question, { leases: part })
  }
  const { format } = parsed
  if (options.json === true) printJson(terminal, { format, dry_run: dry, imported, reserved, left_out: leftOut })
  else tell(terminal, { format, isDry: dry, imported, reserved, leftOut })
  return imported + reserved === 0 ? EXIT.no : EXIT.ok
}

interface Told {
  readonly format: string
  readonly isDry: boolean
  readonly imported: number
  readonly reserved: number
  readonly leftOut: readonly LeftOut[]
}

function tell(terminal: Terminal, { format, isDry, imported, reserved, leftOut }: Told): void {
  const done = isDry ? 'would be taken over' : 'taken over'
  printLine(terminal, `${imported} ${imported === 1 ? 'lease' : 'leases'} ${done} (${format})`)
  if (reserved > 0)
    printLine(
      terminal,
      `${reserved} ${reserved === 1 ? 'address' : 'addresses'} ${isDry ? 'would be ' : ''}reserved; see: lanward leases reserved`,
    )
  for (const { line, what, reason } of leftOut)
    printNote(terminal, `left out${line === 0 ? '' : ` at line ${line}`}: ${printable(what)}: ${printable(reason)}`)
}

/** One octet is one character: names in such files are of no certain encoding. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const exit = code === 'EACCES' ? EXIT.permission : EXIT.usage
    throw new CommandFailure(exit, `cannot read ${printable(path)}: ${wordsOfFileError(code)}`)
  }
}

function rank(lease: FoundLease): number {
  return lease.state === 'released' ? Number.NEGATIVE_INFINITY : (lease.endsMs ?? Number.MAX_SAFE_INTEGER)
}

/** The control socket takes a line of 64 KiB. */
const PART_CHARACTERS = 32 * 1024

function* inParts<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  let part: Item[] = []
  let size = 0
  for (const item of items) {
    const length = JSON.stringify(item).length
    if (size + length > PART_CHARACTERS && part.length > 0) {
      yield part
      part = []
      size = 0
    }
    part.push(item)
    size += length
  }
  if (part.length > 0) yield part
}

function asReport(answer: unknown): { imported: number; left_out: readonly { what: string; reason: string }[] } {
  const isReport = typeof answer === 'object' && answer !== null && 'imported' in answer && 'left_out' in answer
  if (!isReport || typeof answer.imported !== 'number' || !Array.isArray(answer.left_out))
    throw brokenAnswer('leases import')
  return { imported: answer.imported, left_out: answer.left_out }
}
