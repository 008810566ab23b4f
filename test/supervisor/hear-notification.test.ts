import { expect, test } from 'vitest'
import { parseNotify } from '../../daemons/linux/notify-socket.ts'
import { hearNotification } from '../../supervisor/service/hear-notification.ts'

/** What a message comes to, said by the process 42. */
function heard(text: string): readonly string[] {
  const told: string[] = []
  hearNotification(parseNotify(text), 42, {
    onReady: () => told.push('ready'),
    onHeartbeat: () => told.push('heartbeat'),
    onStatus: (status) => told.push(`status ${status}`),
    onExtend: (forMs) => told.push(`extend ${forMs}`),
    onLeaving: () => told.push('leaving'),
    onLine: (line) => told.push(line),
  })
  return told
}

test.each([
  ['READY=1\nSTATUS=serving', ['status serving', 'ready']],
  ['READY=0', []],
  ['WATCHDOG=1', ['heartbeat']],
  ['STOPPING=1\nSTATUS=draining', ['status draining', 'leaving']],
  ['EXTEND_TIMEOUT_USEC=1500000', ['extend 1500']],
  ['EXTEND_TIMEOUT_USEC=-1', []],
  ['EXTEND_TIMEOUT_USEC=1e9', []],
  ['EXTEND_TIMEOUT_USEC=99999999999999999999', []],
  ['MAINPID=42', []],
  ['RELOADING=1\nMONOTONIC_USEC=7', []],
  ['FDSTORE=1\nFDNAME=x', []],
  ['BARRIER=1', []],
  ['X_OWN=1\nERRNO=2', []],
])('%j', (text, want) => {
  expect(heard(text)).toEqual(want)
})

test.each(['43', 'nonsense', '\u001b[31m'])('MAINPID=%j is not followed, and the log says what helps', (main) => {
  const [line = ''] = heard(`MAINPID=${main}`)
  expect(line).toContain('run it in the foreground')
  expect(line).not.toContain('\u001b')
})
