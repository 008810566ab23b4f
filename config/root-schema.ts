import * as v from 'valibot'
import { list, notYet, oneOf, table, text } from './pieces/piece.ts'
import { dhcpSchema } from './sections/dhcp.ts'
import { httpSchema } from './sections/http.ts'
import { ntpSchema } from './sections/ntp.ts'
import { serviceSchema } from './sections/service.ts'
import { supervisorSchema } from './sections/supervisor.ts'
import { syslogSchema } from './sections/syslog.ts'

/** Each key of the root by itself, so that a fault under one does not hide those under another. */
export const rootEntries = {
  state_dir: v.optional(text('Folder of everything that is kept.', 'the path of a folder'), '/var/lib/lanward'),
  run_dir: v.optional(text('Folder of the control socket.', 'the path of a folder'), '/run/lanward'),
  log_level: v.optional(
    oneOf('Least level of our own log lines that is written.', ['debug', 'info', 'warn', 'error']),
    'info',
  ),
  supervisor: v.optional(supervisorSchema, {}),
  syslog: v.optional(syslogSchema),
  ntp: v.optional(ntpSchema),
  dhcp: v.optional(dhcpSchema),
  http: v.optional(httpSchema),
  service: v.optional(list('Other programs.', serviceSchema), []),
  lpd: notYet('print spooling is not in this version yet; remove the section'),
}

/** The whole file. */
export const rootSchema = table('Configuration of Lanward.', rootEntries)
