/** Listens, is connected to, and has no descriptor left for it; gives them back at the second refusal. Prints what it hears. */
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { connect } from 'node:net'
import { openSocket } from '../../daemons/linux/open-socket.ts'
import { getResourceLimit, setResourceLimit } from '../../daemons/linux/process-control.ts'
import { StreamListener } from '../../daemons/syslog/streams/stream-listener.ts'

const { fd, url } = openSocket({ scheme: 'tcp', host: '127.0.0.1', device: null, port: 0 })
const port = 'port' in url ? url.port : 0
const taken: number[] = []
let refusals = 0
const log = {
  error: ({ err }: { err: { code: string } }) => {
    refusals += 1
    process.stdout.write(`${err.code} `)
    if (refusals === 2) for (const each of taken) closeSync(each)
  },
}
const desk = {
  open: () => (chunk: Buffer) => {
    process.stdout.write(chunk)
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
