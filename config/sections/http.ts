import * as v from 'valibot'
import type { HttpSection } from '../../daemons/http/section.ts'
import type { Finding } from '../config-problem.ts'
import { anchorListenUrl, listenList } from '../pieces/listen.ts'
import { flag, table, text } from '../pieces/piece.ts'
import { restartSchema } from './restart.ts'

/** `[http]`. */
export const httpSchema = table('Shows the health of all services, and files of one folder.', {
  enabled: v.optional(flag('false: the section is checked, and nothing is started.'), true),
  listen: v.optional(listenList('Sockets to serve on.', ['tcp']), ['tcp://0.0.0.0:80']),
  root: v.optional(text('Folder of files to serve; absent = none.', 'the path of a folder')),
  restart: v.optional(restartSchema),
})

type Written = v.InferOutput<typeof httpSchema>

/** Fills in what `[http]` leaves open. */
export function buildHttp(written: Written, anchor: (path: string) => string): HttpSection {
  return {
    listen: written.listen.map((url) => anchorListenUrl(url, anchor)),
    root: written.root === undefined ? null : anchor(written.root),
  }
}

/** What is wrong in `[http]` as a whole. */
export function checkHttp(written: Written): Finding[] {
  return written.listen.length === 0 ? [{ path: ['http', 'listen'], message: 'must name at least one socket' }] : []
}
