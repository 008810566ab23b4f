/** Writes its argument over LANWARD_LIFE and prints what it, a child and /proc then see. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { rewriteVariable } from '../../daemons/linux/own-environment.ts'

rewriteVariable('LANWARD_LIFE', process.argv[2] ?? '')
process.stdout.write(
  JSON.stringify({
    own: process.env['LANWARD_LIFE'],
    child: spawnSync('/bin/sh', ['-c', 'printf %s "$LANWARD_LIFE"'], { encoding: 'utf8' }).stdout,
    proc: readFileSync('/proc/self/environ', 'utf8').split('\0').filter(Boolean),
  }),
)
