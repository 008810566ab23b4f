import { spawnSync } from 'node:child_process'
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { ALL_FOUR, type Box, startBox } from '../support/box.ts'
import { evaluateIn } from '../support/evaluate-in.ts'
import { testWith } from '../support/needs.ts'
import { HANG_MS, waitFor } from '../support/wait-for.ts'

const NOBODY = { uid: 65_534, gid: 65_534 }
const LAUNCHER = join(import.meta.dirname, '../../supervisor/lanward.js')
const FOREIGN = '[[service]]\nname = "foreign"\ncommand = ["/bin/sleep", "1000"]\n'
/** Whoever started the supervisor left a file open. */
const CARELESS = ['sh', '-c', 'exec 8</etc/passwd; exec "$@"', 'sh']

/** Runs `lanward` as somebody else. */
function lanwardAs(user: string, box: Box, ...words: string[]): ReturnType<Box['lanward']> {
  const become = ['--reuid', user, '--regid', 'nogroup', '--clear-groups', '--']
  return spawnSync('setpriv', [...become, process.execPath, LAUNCHER, '--config', box.config, ...words], {
    encoding: 'utf8',
    timeout: HANG_MS,
  })
}

describe('started as root', () => {
  testWith(['root', 'program setpriv'], 'each service is its user without any right beyond', async () => {
    await using box = await startBox({ config: ALL_FOUR + FOREIGN, user: 'nobody' })
    for (const { name, pid } of (await box.status()).services) {
      const status = text(`/proc/${pid}/status`)
      const field = (key: string): string | undefined =>
        new RegExp(`^${key}:[\\t ]*(.*)$`, 'm').exec(status)?.[1]?.trim()
      expect(field('Uid'), name).toBe('65534\t65534\t65534\t65534')
      expect(field('Gid'), name).toBe('65534\t65534\t65534\t65534')
      expect(field('Groups'), name).toBe(name === 'foreign' ? '65534' : '')
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
        expect(field(set), `${name} ${set}`).toBe('0000000000000000')
      expect(field('NoNewPrivs'), name).toBe('1')
      if (name === 'foreign') continue
      expect(field('Umask'), name).toBe('0027')
      expect(text(`/proc/${pid}/limits`)).toMatch(/^Max core file size +0 +0 /m)
    }
  })

  testWith(['root'], 'its files belong to that user and are closed to others', async () => {
    await using box = await startBox({ config: ALL_FOUR + FOREIGN, user: 'nobody' })
    await box.until('ntp', 'the first lines stored', () => filesBelow(join(box.folder, 'state/syslog')).length > 0)
    for (const name of ['syslog', 'ntp', 'dhcp', 'http', 'foreign']) {
      const folder = join(box.folder, 'state', name)
      expect(statSync(folder)).toMatchObject({ ...NOBODY, mode: 0o40750 })
      for (const file of filesBelow(folder)) {
        const found = lstatSync(file, { throwIfNoEntry: false })
        if (found === undefined) continue // It was for a moment.
        const { uid, gid, mode } = found
        expect({ uid, gid, others: mode & 0o007 }, file).toEqual({ ...NOBODY, others: 0 })
      }
    }
    const rest = readdirSync(join(box.folder, 'state')).filter((name) => name.startsWith('ledger'))
    expect(rest).not.toEqual([])
    for (const name of rest)
      expect(statSync(join(box.folder, 'state', name)), name).toMatchObject({ uid: 0, mode: 0o100600 })
    for (const name of readdirSync(join(box.folder, 'run')))
      if (name.endsWith('.section.json') || name.endsWith('.notify'))
        expect(statSync(join(box.folder, 'run', name)).mode & 0o777, name).toBe(0o600)
  })

  testWith(['root'], 'no service holds a descriptor of another, of ours, or of whoever started us', async () => {
    await using box = await startBox({ config: ALL_FOUR + FOREIGN, user: 'nobody', inside: CARELESS })
    const { services } = await box.status()
    expect(descriptorsOf(box.supervisor.pid ?? 0)).toContain('/etc/passwd')
    // A moment after its start, each puts what it compiled where all of them find it.
    const held = await waitFor('nobody writing code', () => {
      const all = services.map(({ name, pid }) => ({ name, links: descriptorsOf(pid ?? 0) }))
      return all.some(({ links }) => links.some((link) => link.includes('/.compile-cache/'))) ? undefined : all
    })
    for (const { name, links } of held) {
      const files = links.filter((link) => link.startsWith('/') && link !== '/dev/null')
      expect(
        files.filter((file) => !file.startsWith(join(box.folder, 'state', name))),
        name,
      ).toEqual([])
    }
    // Sockets and pipes go by numbers of their own; /dev/null and the kernel's anonymous ones do not.
    const numbered = held.flatMap(({ links }) => [...new Set(links.filter((link) => /^(socket|pipe):/.test(link)))])
    expect(numbered.length).toBeGreaterThan(20)
    expect(new Set(numbered).size, 'each is held once').toBe(numbered.length)
  })

  testWith(['root', 'landlock'], 'daemons of one user are kept from the files of each other', async () => {
    await using box = await startBox({ config: ALL_FOUR, user: 'nobody' })
    const { pid: other } = await box.service('dhcp')
    const leases = join(box.folder, 'state/dhcp/leases.sqlite')
    const fs = 'process.getBuiltinModule("node:fs")'
    const attempts = {
      [`${fs}.readFileSync(${JSON.stringify(leases)})`]: 'EACCES',
      [`${fs}.openSync(${JSON.stringify(leases)}, "r+")`]: 'EACCES',
      [`${fs}.readdirSync(${JSON.stringify(join(box.folder, 'state'))})`]: 'EACCES',
      [`${fs}.writeFileSync("/tmp/planted", "")`]: 'EACCES',
      [`process.kill(${other}, 0)`]: 'EPERM',
      [`${fs}.writeFileSync(${JSON.stringify(join(box.folder, 'state/http/own'))}, "")`]: 'undefined',
      [`${fs}.readFileSync(${JSON.stringify(join(box.folder, 'run/http.section.json'))}).length > 0`]: 'true',
    }
    const planted = `${fs}.writeFileSync(${JSON.stringify(join(box.folder, 'state/.compile-cache/planted'))}, "")`
    const isConfined = async (earlier = ''): Promise<string> => {
      const address = await debuggerOf(box, 'http', earlier)
      // Its secret is told to nobody who merely asks on the port.
      const list = await fetch(`http://${new URL(address).host}/json/list`).then(
        (answer) => answer.text(),
        () => '',
      )
      expect(list).not.toContain(new URL(address).pathname)
      expect(await evaluateIn(address, Object.keys(attempts))).toEqual(Object.values(attempts))
      // A moment after its start, when it has kept what it compiled.
      await waitFor('the end of writing code', async () =>
        (await evaluateIn(address, [planted]))[0] === 'EACCES' ? true : undefined,
      )
      return address
    }
    // As it was born, and as the spare became it.
    const address = await isConfined()
    const { pid } = await box.service('http')
    await waitFor('the spare', async () => ((await box.status()).supervisor.spare.state === 'ready' ? true : undefined))
    process.kill(pid ?? 0, 'SIGKILL')
    await box.until('http', 'a new life', ({ state, restarts }) => state === 'ready' && restarts === 1)
    await isConfined(address)
  })
})

describe('the control socket', () => {
  const needs = ['root', 'program setpriv'] as const

  testWith(needs, 'of root refuses everybody else in words', async () => {
    await using box = await startBox({ config: ALL_FOUR, user: 'nobody' })
    for (const words of [['status'], ['why', 'ntp'], ['stop', 'ntp'], ['reload'], ['leases'], ['time']]) {
      const { status, stdout, stderr } = lanwardAs('daemon', box, ...words)
      expect(stderr, words.join(' ')).toContain(`no permission for ${box.folder}/run/control.sock`)
      expect({ status, stdout }, words.join(' ')).toEqual({ status: 77, stdout: '' })
    }
    // Nor does it obey the user of its own daemons.
    expect(lanwardAs('nobody', box, 'stop', 'ntp').status).toBe(77)
    expect(box.lanward('status').status).toBe(0)
  })

  testWith(needs, 'of another user answers that user and root', async () => {
    const inside = ['setpriv', '--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', '--']
    await using box = await startBox({ config: ALL_FOUR, inside, owner: NOBODY })
    expect(box.lanward('status').status).toBe(0)
    expect(lanwardAs('nobody', box, 'restart', 'ntp').status).toBe(0)
    const { status, stderr } = lanwardAs('daemon', box, 'stop', 'ntp')
    expect(stderr).toContain('run this as the user that runs the supervisor')
    expect(status).toBe(77)
  })
})

/**
 * Asks a daemon to open its debugger, and finds the address in our log, where only root and its user can.
 *
 * @param earlier that of a debugger which is not meant
 */
async function debuggerOf(box: Box, name: string, earlier: string): Promise<string> {
  const { pid } = await box.service(name)
  process.kill(pid ?? 0, 'SIGUSR1')
  return waitFor(`the debugger of ${name}`, () => {
    const { stdout } = box.lanward('logs', '--service', name, '--grep', 'Debugger listening', '-n', '1', '--json')
    const address = /ws:[^\s"]+/.exec(stdout)?.[0]
    return address === earlier ? undefined : address
  })
}

function descriptorsOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
    } catch {
      return [] // Closed meanwhile.
    }
  })
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
}

function text(path: string): string {
  return readFileSync(path, 'latin1')
}
