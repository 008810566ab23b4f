import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { makeBlocking } from '../../daemons/linux/blocking.ts'
import { type NotifyRecord, NotifySocket } from '../../daemons/linux/notify-socket.ts'
import { Child, type ChildEvents, type ChildRecord } from '../child/child.ts'
import { launchOf, type Places } from '../child/launch.ts'
import type { Kept } from '../sockets/held-sockets.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { Surroundings } from '../surroundings.ts'
import { giveFolder, type ServiceUser } from '../user/service-user.ts'
import { hearNotification } from './hear-notification.ts'

/** What one life tells, beside what its process does. */
export interface LifeEvents extends ChildEvents {
  onHeartbeat(): void
  onExtend(forMs: number): void
  onLeaving(): void
  onStatus(text: string): void
}

/** One life of a service: its process and the socket on which it tells how it is. */
export interface ServiceProcess {
  /** null when it could not be started; `onRefused` tells why. */
  readonly child: Child | null
  /** Plain data for `resumeProcess`; null when nothing could be started. */
  record(): ProcessRecord | null
  /** Takes away its notify socket. */
  close(): void
}

/** One life as it stands: plain data with which another program of this process goes on. */
export interface ProcessRecord {
  readonly child: ChildRecord
  readonly notify: NotifyRecord | null
}

/**
 * Prepares folders, section and notify socket for one life and starts it, by the spare where that is asked for and it
 * still stands ready.
 *
 * @throws Error when something it needs cannot be made, or its program does not exist
 */
export function startProcess(
  spec: ServiceSpec,
  { life, spare }: { readonly life: number; readonly spare: boolean },
  sockets: readonly Kept[],
  surroundings: Surroundings,
  events: LifeEvents,
): ServiceProcess {
  const user = surroundings.userOf(spec)
  const places = placesOf(spec, life, surroundings)
  const launch = launchOf(spec, sockets, {
    places,
    user,
    outer: surroundings.environment,
    token: surroundings.token,
    mark: markOf(spec.name, life),
    tools: surroundings.tools,
  })
  makeFolder(places.stateFolder, user)
  if (spec.own) {
    makeFolder(places.compileCache, user)
    prepareSection(spec, surroundings)
    commitSection(spec, surroundings)
  }
  let child: Child | null = null
  const notify =
    spec.rules.readiness === 'notify'
      ? new NotifySocket(places.notifySocket, (fields, senderPid) => {
          if (maySpeak(spec, senderPid, child)) hearNotification(fields, child?.pid ?? null, events)
        })
      : null
  try {
    if (notify !== null && user !== null) chownSync(places.notifySocket, user.uid, user.gid)
    const fds = sockets.map(({ opened }) => opened.fd)
    // As systemd hands them over; the life before may have left them otherwise. Our own daemons want them as they are opened.
    if (!spec.own) fds.forEach(makeBlocking)
    child = spare ? surroundings.spare.take(launch, fds, events) : null
    child ??= Child.start(
      launch,
      {
        ...{ fds, own: spec.own, notifyFd: spec.setup.notifyFd },
        group: surroundings.groups?.create(`${spec.name}.${life}`) ?? null,
      },
      events,
    )
  } catch (error) {
    notify?.close()
    throw error
  }
  return processOf(child, notify)
}

/** Goes on with a life that an earlier program of this process started. */
export function resumeProcess(spec: ServiceSpec, record: ProcessRecord, events: LifeEvents): ServiceProcess {
  const child = Child.adopt(record.child, events)
  const notify =
    record.notify === null
      ? null
      : new NotifySocket(
          record.notify.path,
          (fields, senderPid) => {
            if (maySpeak(spec, senderPid, child)) hearNotification(fields, child?.pid ?? null, events)
          },
          record.notify.fd,
        )
  return processOf(child, notify)
}

function processOf(child: Child | null, notify: NotifySocket | null): ServiceProcess {
  return {
    child,
    record: () => (child === null ? null : { child: child.record(), notify: notify?.record() ?? null }),
    close: () => notify?.close(),
  }
}

/** Our own daemons speak for themselves; other programs may have a child speak for them. */
function maySpeak({ own }: ServiceSpec, senderPid: number, child: Child | null): boolean {
  return !own || senderPid === child?.pid
}

/** What marks the processes of one life. */
export function markOf(service: string, life: number): string {
  return `${process.pid}/${service}/${life}`
}

/** Writes the section of a daemon beside the one in force; `commitSection` puts it in its place. Throws Error of the disk. */
export function prepareSection(spec: ServiceSpec, surroundings: Surroundings): void {
  const file = sectionFileOf(spec.name, surroundings.runDir)
  const fresh = `${file}.new`
  const user = surroundings.userOf(spec)
  const text = JSON.stringify(spec.section)
  rmSync(fresh, { force: true })
  if (isWritten(file, text, user)) return
  writeFileSync(fresh, text, { mode: 0o600 })
  chmodSync(fresh, 0o600)
  if (user !== null) chownSync(fresh, user.uid, user.gid)
}

/** Lets the daemon find the section that was prepared when it reads it (again). */
export function commitSection({ name }: ServiceSpec, { runDir }: Surroundings): void {
  const file = sectionFileOf(name, runDir)
  if (existsSync(`${file}.new`)) renameSync(`${file}.new`, file)
}

/** A full disk is no reason not to start a daemon whose settings are there already. */
function isWritten(file: string, text: string, user: ServiceUser | null): boolean {
  try {
    return readFileSync(file, 'utf8') === text && (user === null || statSync(file).uid === user.uid)
  } catch {
    return false
  }
}

function sectionFileOf(service: string, runDir: string): string {
  return join(runDir, `${service}.section.json`)
}

/** Where our daemons keep compiled code, one for all: so the spare loads what each of them needed when it served. */
export function compileCacheOf(stateDir: string): string {
  return join(stateDir, '.compile-cache')
}

function placesOf(spec: ServiceSpec, life: number, { runDir, stateDir }: Surroundings): Places {
  return {
    stateFolder: join(stateDir, spec.name),
    sectionFile: sectionFileOf(spec.name, runDir),
    notifySocket: join(runDir, `${spec.name}.${life}.notify`),
    compileCache: compileCacheOf(stateDir),
  }
}

/** Makes a folder of a service, if there is none, and gives it to its user. */
export function makeFolder(path: string, user: ServiceUser | null): void {
  mkdirSync(path, { recursive: true, mode: 0o750 })
  if (user !== null) giveFolder(path, user)
}
