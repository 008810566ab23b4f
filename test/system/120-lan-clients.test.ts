import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect } from 'vitest'
import { startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { end, ip, makeLan, runIn, spawnIn } from '../support/network.ts'
import { waitFor } from '../support/wait-for.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-clients-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The well-known ports, on a LAN of our own. */
const CONFIG = `
[syslog]
listen = ["udp://0.0.0.0:514", "tcp://0.0.0.0:514", "unix://run/log.sock"]
[ntp]
listen = ["udp://0.0.0.0:123"]
[dhcp]
interfaces = ["lan0"]
[[dhcp.subnet]]
subnet = "192.168.50.0/24"
pools = ["192.168.50.100-192.168.50.109"]
routers = ["192.168.50.1"]
dns = ["192.168.50.1"]
domain = "lab.example"
ntp = "self"
log = "self"
[http]
listen = ["tcp://0.0.0.0:80"]
`

/** What dhclient runs at each event: takes the address, touches nothing else of the machine. */
function script(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}

const takeAddress = script(
  'dhclient-script',
  'case "$reason" in BOUND|RENEW|REBIND|REBOOT) ip address replace "$new_ip_address/24" dev "$interface"; echo "routers=$new_routers ntp=$new_ntp_servers log=$new_log_servers domain=$new_domain_name" ;; esac',
)
const askEverything = join(folder, 'dhclient.conf')
writeFileSync(
  askEverything,
  'request subnet-mask, routers, domain-name, domain-name-servers, ntp-servers, log-servers;\n',
)

const busyboxScript = script(
  'udhcpc-script',
  '[ "$1" = bound ] && ip address replace "$ip/24" dev "$interface" && echo "got $ip router $router ntp $ntpsrv"\nexit 0',
)

/** undefined until there is one. */
function numberIn(path: string): number | undefined {
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) || undefined : undefined
}

describe('clients of Debian on a LAN', () => {
  testWith(
    ['namespaces', 'program dhclient', 'program logger', 'program ntpdig', 'program chronyd', 'program curl'],
    'dhclient gets an address, and with it logger, ntpdig, chronyd, curl and telnet are served',
    async () => {
      using lan = makeLan()
      await using box = await startBox({ config: CONFIG, namespace: lan.server })

      const said = runIn(
        lan.client,
        [
          'dhclient',
          '-4',
          '-1',
          '-v',
          '-sf',
          takeAddress,
          '-lf',
          join(folder, 'leases'),
          '-pf',
          join(folder, 'pid'),
          '-cf',
          askEverything,
          'eth0',
        ],
        60_000,
      )
      // It lets us go on before it has written down who it is.
      const dhclient = await waitFor('the pid of dhclient', () => numberIn(join(folder, 'pid')))
      process.kill(dhclient)
      expect(said).toContain('routers=192.168.50.1 ntp=192.168.50.1 log=192.168.50.1 domain=lab.example')
      expect(ip('-n', lan.client, '-4', 'address', 'show', 'eth0')).toMatch(/192\.168\.50\.10\d\/24/)
      const [lease] = JSON.parse(box.lanward('leases', '--json').stdout)
      expect(lease).toMatchObject({ state: 'bound', subnet: '192.168.50.0/24', relay: null, reserved: false })

      runIn(lan.client, ['logger', '--server', '192.168.50.1', '--udp', '--rfc3164', '--tag', 'udp3164', 'over UDP'])
      runIn(lan.client, [
        'logger',
        '--server',
        '192.168.50.1',
        '--udp',
        '--rfc5424',
        '--tag',
        'udp5424',
        '--sd-id',
        'zoo@123',
        '--sd-param',
        'tiger="hungry"',
        'with data',
      ])
      runIn(lan.client, [
        'logger',
        '--server',
        '192.168.50.1',
        '--tcp',
        '--port',
        '514',
        '--octet-count',
        '--tag',
        'tcp',
        'counted',
      ])
      runIn(lan.client, ['logger', '--server', '192.168.50.1', '--tcp', '--port', '514', '--tag', 'tcp', 'a line'])
      runIn(lan.server, [
        'logger',
        '--socket',
        join(box.folder, 'run/log.sock'),
        '--tag',
        'unix',
        '--priority',
        'local3.err',
        'over the socket',
      ])
      await box.until('syslog', 'five messages stored', ({ counters }) => (counters['stored'] ?? 0) >= 5)
      const stored = box
        .lanward('logs', '--json')
        .stdout.trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .filter(({ via }) => !via.startsWith('service:'))
      const byApp = (app: string): { msg: string; format: string; src: string; sd: unknown }[] =>
        stored.filter((one) => one.app === app)
      expect(byApp('udp3164')).toMatchObject([
        {
          msg: 'over UDP',
          format: 'rfc3164',
          facility: 'user',
          severity: 'notice',
          src: expect.stringMatching(/^192\.168\.50\.10\d:\d+$/),
          via: 'udp://0.0.0.0:514',
        },
      ])
      expect(byApp('udp5424')).toMatchObject([{ msg: 'with data', format: 'rfc5424' }])
      expect(byApp('udp5424')[0]?.sd).toMatchObject({ 'zoo@123': { tiger: 'hungry' } })
      expect(
        byApp('tcp')
          .map(({ msg }) => msg)
          .sort(),
      ).toEqual(['a line', 'counted'])
      expect(byApp('unix')).toMatchObject([
        { msg: 'over the socket', facility: 'local3', severity: 'err', src: 'unix' },
      ])

      expect(runIn(lan.client, ['ntpdig', '192.168.50.1'])).toMatch(/192\.168\.50\.1 .*s10/)
      const chrony = runIn(lan.client, [
        'chronyd',
        '-Q',
        '-t',
        '10',
        '-f',
        '/dev/null',
        'server 192.168.50.1 iburst maxsamples 1',
      ])
      expect(chrony).toBeDefined()
      const time = JSON.parse(box.lanward('time', '--json').stdout)
      expect(time.clock).toMatchObject({ stratum: 10, reference_id: 'LOCL' })
      expect(time.clients[0]).toMatchObject({ address: lease.address, version: 4 })

      expect(runIn(lan.client, ['curl', '--silent', '--fail', 'http://192.168.50.1/health'])).toBeTruthy()
      expect(
        JSON.parse(
          runIn(lan.client, ['curl', '--silent', '-H', 'Accept: application/json', 'http://192.168.50.1/status']),
        ).services,
      ).toHaveLength(4)
      expect(runIn(lan.client, ['curl', '--silent', 'http://192.168.50.1/metrics'])).toMatch(/# EOF\n$/)
      expect(runIn(lan.client, ['sh', '-c', "printf 'GET /status\\r\\n' | nc -q 2 192.168.50.1 80"])).toContain(
        'syslog',
      )
      const telnet = spawnIn(lan.client, ['telnet', '192.168.50.1', '80'], { stdio: ['pipe', 'pipe', 'ignore'] })
      telnet.stdin?.write('GET /status\n')
      expect(await text(telnet.stdout ?? Readable.from([]))).toContain('syslog')
    },
  )

  testWith(
    ['namespaces', 'program busybox', 'program udhcpc'],
    'udhcpc gets an address, keeps it, gives it back, and busybox fetches a page',
    async () => {
      using lan = makeLan()
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      const udhcpc = spawnIn(lan.client, ['udhcpc', '-i', 'eth0', '-n', '-f', '-F', 'laptop', '-s', busyboxScript], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      if (udhcpc.stdout === null) throw new Error('no stdout')
      const [said] = await once(udhcpc.stdout, 'data')
      expect(String(said)).toMatch(/got 192\.168\.50\.10\d router 192\.168\.50\.1 ntp 192\.168\.50\.1/)
      expect(JSON.parse(box.lanward('leases', '--json').stdout)).toMatchObject([{ state: 'bound', hostname: 'laptop' }])
      // It asks once more, then gives the address back, as its manual says of these signals.
      udhcpc.kill('SIGUSR1')
      await box.until('dhcp', 'the renewal', ({ counters }) => (counters['ack'] ?? 0) >= 2)
      udhcpc.kill('SIGUSR2')
      await box.until('dhcp', 'the release', ({ counters }) => (counters['release'] ?? 0) >= 1)
      await end(udhcpc)
      expect(JSON.parse(box.lanward('leases', '--json').stdout)).toEqual([])
      expect(JSON.parse(box.lanward('leases', '--all', '--json').stdout)).toMatchObject([{ state: 'released' }])
      expect(runIn(lan.client, ['busybox', 'wget', '-q', '-O', '-', 'http://192.168.50.1/health'])).toContain('ok')
    },
  )
})
