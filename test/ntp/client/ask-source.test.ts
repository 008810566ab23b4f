import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { askSource } from '../../../daemons/ntp/client/ask-source.ts'
import { systemClock } from '../../../daemons/runtime/system-clock.ts'

test('a source is asked from an address of ours, not from its own: a source elsewhere can be asked at all', async () => {
  const source = createSocket('udp4')
  try {
    source.bind(0, '127.0.0.2')
    await once(source, 'listening')
    const asked = once(source, 'message')
    const reply = askSource({ host: '127.0.0.2', port: source.address().port, guard: null }, 6, -20, systemClock, null)
    const [question, { address, port }] = (await asked) as [Buffer, RemoteInfo]
    const answer = Buffer.alloc(48)
    answer[0] = 0x24
    answer.write('RATE', 12)
    question.copy(answer, 24, 40, 48)
    source.send(answer, port, address)
    expect(await reply).toEqual({ answer: { kind: 'kiss', code: 'RATE' }, address: '127.0.0.2' })
    expect(address).toBe('127.0.0.1')
  } finally {
    source.close()
  }
})
