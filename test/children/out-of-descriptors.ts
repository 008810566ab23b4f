/** Listens, is connected to, and has no descriptor left for it; gives them back at the third refusal. Prints what it hears. */
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { connect } from 'node:net'
import { openSocket } from '../../daemons/linux/open-socket.ts'
import { getResourceLimit, setResourceLimit } from '../../daemons/linux/process-control.ts'
import { StreamListener } from '../../daemons/syslog/streams/stream-listener.ts'

const { fd, url } = openSocket({ scheme: 'tcp', host: '127.0.0.1', device: null, port: 0 })
const port = 'port' in url ? url.port : 0
const taken: number[] = []
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const log = {
  error: ({ err }: { err: { code: string } }, message = '') => say(`${message}: ${err.code}`),
  info: ({ tries }: { tries: number }, message = '') => say(`${message}: ${tries} tries`),
}
const desk = {
  open: () => (chunk: Buffer) => {
    say(String(listener.fault()))
    say(chunk.toString())
    listener.close()
    peer.destroy()
    process.exit()
  },
}
const peer = connect(port, '127.0.0.1')
await once(peer, 'connect')
peer.write('accepted')
setResourceLimit('nofile', 100, getResourceLimit('nofile')[1])
try {
  for (;;) taken.push(openSync('/dev/null', 'r'))
} catch {
  // All of them are taken.
}
const listener = new StreamListener({ fd, name: 'here', url, probeOnly: false }, desk, log)
const look = (): void => {
  const fault = listener.fault()
  if (fault?.includes('tried 3 times') !== true) return void setImmediate(look)
  say(fault)
  for (const each of taken) closeSync(each)
}
look()
