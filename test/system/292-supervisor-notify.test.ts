import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NotifySocket } from '../../daemons/linux/notify-socket.ts'
import { startBox } from '../support/box.ts'
import { waitFor } from '../support/wait-for.ts'

test('the supervisor tells systemd that it is ready, alive and stopping, and nobody else speaks for it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-notify-'))
  const path = join(folder, 'systemd.sock')
  const told: { readonly fields: ReadonlyMap<string, string>; readonly senderPid: number }[] = []
  const socket = new NotifySocket(path, (fields, senderPid) => told.push({ fields, senderPid }))
  const count = (field: string): number => told.filter(({ fields }) => fields.get(field) === '1').length
  {
    await using box = await startBox({
      config: '[ntp]\nlisten = ["udp://127.0.0.1:0"]\n[http]\nlisten = ["tcp://127.0.0.1:0"]\n',
      environment: { NOTIFY_SOCKET: path, WATCHDOG_USEC: '300000' },
    })
    const ready = await waitFor('its word', () => told.find(({ fields }) => fields.get('READY') === '1'))
    expect(ready.fields.get('STATUS')).toBe('2 of 2 services are ready')
    const before = count('WATCHDOG')
    await waitFor('three more heartbeats', () => count('WATCHDOG') >= before + 3 || undefined)
    expect(await box.stop()).toBe(0)
    await waitFor('the word of the stop', () => count('STOPPING') === 1 || undefined)
    expect(new Set(told.map(({ senderPid }) => senderPid))).toEqual(new Set([box.supervisor.pid]))
    expect(count('READY')).toBe(1)
  }
  socket.close()
  rmSync(folder, { recursive: true })
})
