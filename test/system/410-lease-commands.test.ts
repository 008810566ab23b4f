import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { askSupervisor } from '../../supervisor/control/control-client.ts'
import { type Box, startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'

const CONFIG = `
[dhcp]
listen = ["udp://127.0.0.1:0"]
relay_port = "source"
[[dhcp.subnet]]
subnet = "10.77.0.0/16"
pools = ["10.77.1.0-10.77.250.255"]
`

const MAC = '52:54:00:00:00:0a'
const DNSMASQ = `4102444800 ${MAC} 10.77.1.10 desk 01:52:54:00:00:00:0a
0 52:54:00:00:00:0b 10.77.1.11 * *
4102444800 52:54:00:00:00:0c 192.0.2.12 far *
`

function json(box: Box, ...words: string[]): unknown {
  return JSON.parse(box.lanward('leases', ...words, '--json').stdout)
}

describe('lanward leases', () => {
  testWith(
    [],
    'imports, lists, exports, reserves and releases; what it said survives SIGKILL of the daemon',
    async () => {
      await using box = await startBox({ config: CONFIG })
      const file = join(box.folder, 'dnsmasq.leases')
      writeFileSync(file, DNSMASQ)
      const left = [{ line: 0, what: '192.0.2.12', reason: 'it lies in no served subnet' }]
      const report = { format: 'dnsmasq', imported: 2, reserved: 0, left_out: left }
      expect(json(box, 'import', file, '--dry-run')).toEqual({ ...report, dry_run: true })
      expect(json(box)).toEqual([])
      expect(json(box, 'import', file)).toEqual({ ...report, dry_run: false })
      const hosts = join(box.folder, 'dhcpd.conf')
      writeFileSync(hosts, 'host seat { hardware ethernet 52:54:00:00:00:77; fixed-address 10.77.0.77; }\n')
      expect(json(box, 'import', hosts)).toMatchObject({ format: 'isc', imported: 0, reserved: 1, left_out: [] })
      expect(json(box, 'try', '--mac', '52:54:00:00:00:77', '--relay', '10.77.0.1')).toMatchObject({
        address: '10.77.0.77',
      })
      expect(box.lanward('leases', 'unreserve', '10.77.0.77').status).toBe(0)
      expect(box.lanward('leases', 'reserve', MAC, '10.77.0.20', '--hostname', 'nas').status).toBe(0)

      const { pid } = await box.service('dhcp')
      process.kill(pid ?? 0, 'SIGKILL')
      await box.until('dhcp', 'another process', (dhcp) => dhcp.state === 'ready' && dhcp.pid !== pid)
      expect(json(box, '--search', 'DESK')).toMatchObject([{ address: '10.77.1.10', mac: MAC, hostname: 'desk' }])
      expect(json(box, 'reserved')).toMatchObject([{ address: '10.77.0.20', keys: [MAC], hostname: 'nas' }])
      expect(json(box, 'try', '--mac', MAC, '--relay', '10.77.0.1')).toMatchObject({
        outcome: 'offer',
        address: '10.77.0.20',
        reason: 'reserved for the client',
      })
      expect(box.lanward('leases', 'release', '10.77.1.10').stdout).toBe('10.77.1.10 is free; it was bound\n')
      expect(box.lanward('leases', 'release', '10.77.1.10').status).toBe(1)
      expect(box.lanward('leases', 'why', '10.77.1.10').stdout).toContain('ended by command')
      expect(json(box, '--subnet', '10.77.1.0/24')).toMatchObject([{ address: '10.77.1.11' }])
      expect(json(box, '--state', 'released')).toMatchObject([{ address: '10.77.1.10' }])
      expect(box.lanward('restart', 'dhcp').status).toBe(0)
      expect(box.lanward('leases', 'why', '10.77.1.10').stdout).toContain('ended by command')
      expect(box.lanward('leases', 'unreserve', MAC).status).toBe(0)
      expect(box.lanward('leases', 'unreserve', MAC).status).toBe(1)
    },
  )

  testWith([], 'what changes leases is not asked by the method that daemons may use', async () => {
    await using box = await startBox({ config: CONFIG })
    const ask = (method: 'query' | 'change', question: string): Promise<unknown> =>
      askSupervisor(join(box.folder, 'run/control.sock'), method, { service: 'dhcp', question, params: {} }, 5000)
    await expect(ask('query', 'change-release')).rejects.toMatchObject({ exitCode: 64 })
    await expect(ask('change', 'leases')).rejects.toMatchObject({ exitCode: 64 })
    await expect(ask('query', 'leases')).resolves.toEqual([])
    await expect(ask('change', 'change-release')).resolves.toMatchObject({ refused: expect.any(String) })
  })

  testWith([], 'reads the lease file by itself while nothing runs, and changes nothing then', async () => {
    await using box = await startBox({ config: CONFIG })
    const file = join(box.folder, 'dnsmasq.leases')
    writeFileSync(file, DNSMASQ)
    expect(box.lanward('leases', 'import', file).status).toBe(0)
    expect(box.lanward('stop', 'dhcp').status).toBe(0)
    expect(box.lanward('leases', 'import', file).status).toBe(75)
    await box.stop()
    const listed = box.lanward('leases', '--json')
    expect(listed.stderr).toContain('dhcp does not run')
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { address: '10.77.1.10', subnet: '10.77.0.0/16', state: 'bound' },
      { address: '10.77.1.11', ends: '9999-12-31T23:59:59.000Z' },
    ])
    expect(box.lanward('leases', 'export', '--format', 'dnsmasq').stdout).toBe(
      `4102444800 ${MAC} 10.77.1.10 desk 01:52:54:00:00:00:0a\n0 52:54:00:00:00:0b 10.77.1.11 * *\n`,
    )
    expect(box.lanward('leases', 'release', MAC).status).toBe(69)
  })
})
