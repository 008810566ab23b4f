import { resolve } from 'node:path'
import * as v from 'valibot'
import { checkDhcp } from './checks/dhcp.ts'
import { warnDhcp } from './checks/dhcp-warnings.ts'
import { checkServiceKeys, warnService } from './checks/service-keys.ts'
import { checkRestart, checkServices } from './checks/services.ts'
import { checkSockets, type WantedSocket } from './checks/sockets.ts'
import { checkSoundSubnets } from './checks/sound-subnets.ts'
import type { DaemonService, ForeignService, LanwardConfig } from './config.ts'
import type { Finding, KeyPath } from './config-problem.ts'
import { findUnknownKeys } from './find-unknown-keys.ts'
import { rootEntries, rootSchema } from './root-schema.ts'
import { aboutKey } from './schema-shape.ts'
import { buildDhcp } from './sections/dhcp.ts'
import { buildHttp, checkHttp } from './sections/http.ts'
import { buildNtp, checkNtp } from './sections/ntp.ts'
import { DEFAULT_RESTART, mergeRestart } from './sections/restart.ts'
import { buildService, type WrittenService } from './sections/service.ts'
import { buildSupervisor, checkSupervisor } from './sections/supervisor.ts'
import { buildSyslog, checkSyslog } from './sections/syslog.ts'
import { isTable, type TomlTable } from './toml-tree.ts'

export type BuiltConfig =
  | { readonly kind: 'ok'; readonly config: LanwardConfig; readonly warnings: readonly Finding[] }
  | { readonly kind: 'wrong'; readonly findings: readonly Finding[] }

export interface Origin {
  readonly file: string
  readonly fileHash: string
  /** What relative paths are relative to. */
  readonly folder: string
}

/** Turns the values of a file into the checked configuration, or into everything that is wrong with them. */
export function buildConfig(root: TomlTable, origin: Origin): BuiltConfig {
  const findings = findUnknownKeys(rootSchema, root)
  const anchor = (path: string): string => resolve(origin.folder, path)
  const read = <Schema extends v.GenericSchema>(schema: Schema, key: string): v.InferOutput<Schema> | undefined =>
    readPart(schema, root[key], [key], findings)

  const stateDir = anchor(read(rootEntries.state_dir, 'state_dir') ?? '.')
  const runDir = anchor(read(rootEntries.run_dir, 'run_dir') ?? '.')
  const logLevel = read(rootEntries.log_level, 'log_level') ?? 'info'
  read(rootEntries.lpd, 'lpd')
  const supervisor = read(rootEntries.supervisor, 'supervisor')
  if (supervisor !== undefined) findings.push(...checkSupervisor(supervisor))
  const restart = mergeRestart(DEFAULT_RESTART, supervisor?.restart)
  findings.push(...checkRestart(restart, ['supervisor', 'restart']))

  const daemons: DaemonService[] = []
  const syslog = read(rootEntries.syslog, 'syslog')
  if (syslog !== undefined) {
    findings.push(...checkSyslog(syslog))
    const section = buildSyslog(syslog, anchor, runDir)
    daemons.push({ name: 'syslog', enabled: syslog.enabled, restart: mergeRestart(restart, syslog.restart), section })
  }
  const ntp = read(rootEntries.ntp, 'ntp')
  if (ntp !== undefined) {
    findings.push(...checkNtp(ntp))
    const section = buildNtp(ntp, anchor)
    daemons.push({ name: 'ntp', enabled: ntp.enabled, restart: mergeRestart(restart, ntp.restart), section })
  }
  const dhcp = read(rootEntries.dhcp, 'dhcp')
  if (dhcp === undefined) findings.push(...checkSoundSubnets(root['dhcp']))
  else {
    findings.push(...checkDhcp(dhcp))
    const section = buildDhcp(dhcp, anchor, servedHere(root))
    daemons.push({ name: 'dhcp', enabled: dhcp.enabled, restart: mergeRestart(restart, dhcp.restart), section })
  }
  const http = read(rootEntries.http, 'http')
  if (http !== undefined) {
    findings.push(...checkHttp(http))
    const section = buildHttp(http, anchor)
    daemons.push({ name: 'http', enabled: http.enabled, restart: mergeRestart(restart, http.restart), section })
  }
  for (const daemon of daemons) findings.push(...checkRestart(daemon.restart, [daemon.name, 'restart']))

  const services = readServices(root['service'], findings)
  const foreign = services.map(({ written }) => buildService(written, restart, anchor))
  const declared = ['syslog', 'ntp', 'dhcp', 'http'].filter((name) => root[name] !== undefined)
  findings.push(
    ...checkServices(
      services.map(({ index, written }) => ({ ...written, index })),
      [...declared, ...namesOf(root['service'])],
    ),
  )
  for (const { index, written } of services) {
    findings.push(...checkServiceKeys({ ...written, index }))
    findings.push(...checkRestart(mergeRestart(restart, written.restart), ['service', index, 'restart']))
  }
  findings.push(...checkSockets([...daemonSockets(daemons), ...foreignSockets(services, foreign)]))
  if (declared.length === 0 && root['service'] === undefined && findings.length === 0)
    findings.push({ path: [], message: 'there is nothing to run; give a section such as [syslog] or [ntp]' })
  if (findings.length > 0 || supervisor === undefined) return { kind: 'wrong', findings }

  const { file, fileHash } = origin
  return {
    kind: 'ok',
    config: { file, fileHash, stateDir, runDir, logLevel, supervisor: buildSupervisor(supervisor), daemons, foreign },
    warnings: [
      ...(dhcp === undefined ? [] : warnDhcp(dhcp, servedHere(root))),
      ...services.flatMap(({ index, written }) => warnService({ ...written, index })),
    ],
  }
}

/** Our own services that are switched on, whether or not all is right in them. */
function servedHere(root: TomlTable): ReadonlySet<string> {
  const names = ['syslog', 'ntp', 'dhcp', 'http'].filter((name) => isTable(root[name]))
  return new Set(names.filter((name) => Reflect.get(Object(root[name]), 'enabled') !== false))
}

interface PlacedService {
  readonly index: number
  readonly written: WrittenService
}

/** The services that are well formed by themselves, each with its place in the file. */
function readServices(value: unknown, findings: Finding[]): PlacedService[] {
  if (!Array.isArray(value)) {
    readPart(rootEntries.service, value, ['service'], findings)
    return []
  }
  const item = rootEntries.service.wrapped.item
  return value.flatMap((service: unknown, index) => {
    const written = readPart(item, service, ['service', index], findings)
    return written === undefined ? [] : [{ index, written }]
  })
}

/** Names as they stand in the file, also of services that are wrong in something else. */
function namesOf(services: unknown): string[] {
  if (!Array.isArray(services)) return []
  return services.flatMap((service: unknown) =>
    isTable(service) && typeof service['name'] === 'string' ? [service['name']] : [],
  )
}

/** Checks one part of the file; what is wrong is added to the findings. */
function readPart<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  path: KeyPath,
  findings: Finding[],
): v.InferOutput<Schema> | undefined {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  for (const issue of result.issues) {
    const below = (issue.path ?? []).map((part) => (typeof part.key === 'number' ? part.key : String(part.key)))
    const missing = issue.input === undefined && issue.type === 'object'
    const message = missing ? `is missing: ${aboutKey(rootSchema, [...path, ...below])}` : issue.message
    findings.push({ path: [...path, ...below], message })
  }
  return undefined
}

function daemonSockets(daemons: readonly DaemonService[]): WantedSocket[] {
  return daemons
    .filter((daemon) => daemon.enabled)
    .flatMap(({ name, section }) =>
      section.listen.map((url, index) => ({ service: name, path: [name, 'listen', index], url })),
    )
}

function foreignSockets(services: readonly PlacedService[], foreign: readonly ForeignService[]): WantedSocket[] {
  return foreign.flatMap(({ name, enabled, listen }, order) =>
    enabled
      ? listen.map((url, index) => ({
          service: name,
          path: ['service', services[order]?.index ?? order, 'listen', index],
          url,
        }))
      : [],
  )
}
