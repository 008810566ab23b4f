import { existsSync, readdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { LoadedConfig } from '../../config/load-config.ts'
import { effectiveCapabilities, isMachineItself } from '../../daemons/linux/capabilities.ts'
import { programOf } from '../child/program-of.ts'
import { readTimeDrills } from '../host/time-drills.ts'
import { currentSpecs } from '../spec/current-specs.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import { findUser, type ServiceUser } from '../user/service-user.ts'
import type { ConfigurationFacts, Facts, KernelFacts, RightsFacts } from './facts.ts'
import { readNumber, readText } from './read-text.ts'
import { seeFiles } from './see-files.ts'
import { seeFolders } from './see-folders.ts'
import { seeLocalLog } from './see-local-log.ts'
import { seeDescriptors, seeMemory } from './see-memory.ts'
import { seeFirewall, seeInterfaces } from './see-network.ts'
import { seePrograms } from './see-programs.ts'
import { seeSecrets } from './see-secrets.ts'
import { seeSockets } from './see-sockets.ts'
import { seeSupervisor } from './see-supervisor.ts'
import { findProgramUser, seeUsers } from './see-users.ts'

type MachineCalls = typeof import('./machine-calls.ts')

/**
 * Looks at the whole machine. Changes nothing: sockets that are free are opened and closed again, so that the kernel
 * says what stands in the way.
 *
 * @param file path of the configuration
 * @param runDir where the supervisor answers, known even when the configuration is wrong; null when it is not
 */
export async function gatherFacts(parts: {
  readonly file: string
  readonly loaded: LoadedConfig
  readonly runDir: string | null
  readonly installed: string
  readonly nowMs: number
  /** `PATH` of this command, which the supervisor would have too. */
  readonly searchPath: string
}): Promise<Facts> {
  const calls = await loadCalls()
  const system = typeof calls === 'string' ? null : calls
  const configuration = configurationOf(parts)
  const specs = configuration.kind === 'ok' ? configuration.specs : []
  const supervisor =
    parts.runDir === null
      ? ({ kind: 'absent', message: 'run_dir is not known' } as const)
      : await seeSupervisor(parts.runDir)
  const report = supervisor.kind === 'running' ? supervisor.report : null
  const pid = report?.supervisor.pid ?? null
  const rights = seeRights()
  const seen =
    configuration.kind === 'ok' ? seeFolders(configuration.config.stateDir, configuration.config.runDir) : null
  return {
    runtime: {
      version: process.versions.node,
      execPath: process.execPath,
      systemCallError: typeof calls === 'string' ? calls : null,
      installed: parts.installed,
    },
    configuration,
    supervisor,
    rights,
    sockets: seeSockets(specs, report, system),
    users: rights.uid === 0 ? seeUsers(specs) : [],
    programs: seePrograms(specs, parts.searchPath, rights.uid === 0 ? findProgramUser : () => null),
    kernel: seeKernel(system),
    folders: seen?.folders ?? null,
    clock: {
      nowMs: parts.nowMs,
      synchronised: system?.isClockSynchronised() ?? null,
      newest: seen?.newest ?? null,
      hasHardwareClock: hasEntries('/sys/class/rtc'),
    },
    descriptors: seeDescriptors(system?.descriptorLimit() ?? null, pid),
    memory: seeMemory(pid),
    interfaces: seeInterfaces(),
    firewall: seeFirewall(),
    localLog: seeLocalLog(system),
    secrets:
      configuration.kind === 'ok' ? seeSecrets(configuration.config, rights.uid === 0 ? readerOf(specs) : null) : [],
    files: configuration.kind === 'ok' ? seeFiles(configuration.config) : [],
    timeDrills: parts.runDir === null ? [] : readTimeDrills(parts.runDir),
  }
}

/** The system calls, or why there are none. */
async function loadCalls(): Promise<MachineCalls | string> {
  try {
    return await import('./machine-calls.ts')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function configurationOf({
  file,
  loaded,
}: {
  readonly file: string
  readonly loaded: LoadedConfig
}): ConfigurationFacts {
  if (loaded.kind === 'wrong') return { kind: 'wrong', file, problems: loaded.problems }
  return {
    kind: 'ok',
    file,
    config: loaded.config,
    specs: currentSpecs(loaded.config, programOf),
    warnings: loaded.warnings,
  }
}

/** Whom a supervisor that is root makes of our daemons; null when there is no such user. */
function readerOf(specs: readonly ServiceSpec[]): ServiceUser | null {
  const name = specs.find(({ own }) => own)?.user ?? null
  return name === null ? null : findUser(name)
}

function seeRights(): RightsFacts {
  const { uid, username } = userInfo()
  const capabilities = effectiveCapabilities(readText('/proc/self/status'))
  return { uid, name: username, capabilities, inUserNamespace: !isMachineItself(readText('/proc/self/uid_map')) }
}

function seeKernel(system: MachineCalls | null): KernelFacts {
  return {
    rmemMax: readNumber('/proc/sys/net/core/rmem_max'),
    grantedBytes: system?.grantedReceiveBuffer() ?? null,
    somaxconn: readNumber('/proc/sys/net/core/somaxconn'),
    unixQueue: readNumber('/proc/sys/net/unix/max_dgram_qlen'),
  }
}

function hasEntries(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0
}
