import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { brokenAnswer, ControlFailure } from '../../control/control-client.ts'
import { configPath } from '../config-path.ts'
import { CommandFailure, EXIT } from '../exit-code.ts'
import { foldersOf, request, type SharedOptions } from '../request.ts'
import { printNote, type Terminal } from '../terminal.ts'
import { loadLeaseFiles } from './lease-files.ts'
import { areLeaseRows, type LeaseRow } from './lease-row.ts'

/** What the daemon makes in some 20 ms. */
const PART_ROWS = 5000

/**
 * The leases, offers included: from the daemon, or from its file when nobody answers for it. The file is
 * then told on stderr.
 *
 * @param all also those that are over; the file has them in any case
 * @throws ControlFailure, CommandFailure when there is neither
 */
export async function fetchLeases(
  options: SharedOptions,
  terminal: Terminal,
  all: boolean,
): Promise<readonly LeaseRow[]> {
  try {
    return await fetchParts(options, terminal, all)
  } catch (error) {
    if (!(error instanceof ControlFailure) || !isAbsence(error)) throw error
    const path = join(foldersOf(options, terminal).stateDir, 'dhcp', 'leases.sqlite')
    if (!existsSync(path)) throw error
    const rows = await readFile(path, options, terminal)
    printNote(terminal, `dhcp does not run: as last stored in ${path}`)
    return rows
  }
}

/** In parts, between which the daemon serves its clients. */
async function fetchParts(options: SharedOptions, terminal: Terminal, all: boolean): Promise<readonly LeaseRow[]> {
  const ask = (params: Readonly<Record<string, unknown>>): Promise<unknown> =>
    request(options, terminal, 'query', { service: 'dhcp', question: 'leases', params: { all, ...params } })
  const divided = await ask({ divide: PART_ROWS })
  // A daemon of before tells all at once.
  if (areLeaseRows(divided)) return divided
  const leases: LeaseRow[] = []
  for (const part of readParts(divided)) {
    const rows = await ask({ part })
    if (!areLeaseRows(rows)) throw brokenAnswer('leases')
    for (const row of rows) leases.push(row)
  }
  return leases
}

function readParts(divided: unknown): readonly unknown[] {
  const parts: unknown = typeof divided === 'object' && divided !== null ? Reflect.get(divided, 'parts') : null
  if (!Array.isArray(parts)) throw brokenAnswer('leases')
  return parts
}

/** The supervisor is not there, or has no dhcp that could answer. */
function isAbsence({ kind, exitCode }: ControlFailure): boolean {
  return kind === 'unreachable' || kind === 'closed' || (kind === 'refused' && exitCode === EXIT.temporary)
}

async function readFile(path: string, options: SharedOptions, terminal: Terminal): Promise<LeaseRow[]> {
  const files = await loadLeaseFiles()
  const subnets = await configuredSubnets(options, terminal)
  try {
    return files.readStoredLeases(path, terminal.now().getTime(), subnets)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandFailure(EXIT.permission, `cannot read ${path}: ${reason}`)
  }
}

/** None where the configuration is wrong: leases are shown all the same. */
async function configuredSubnets(options: SharedOptions, terminal: Terminal): Promise<readonly string[]> {
  const { loadConfig } = await import('../../../config/load-config.ts')
  const loaded = loadConfig(configPath(options.config, terminal.env))
  if (loaded.kind === 'wrong') return []
  return loaded.config.daemons.flatMap((daemon) =>
    daemon.name === 'dhcp' ? [...daemon.section.subnets, ...daemon.section.subnets6].map(({ subnet }) => subnet) : [],
  )
}
