#!/bin/sh
':' //; own="$(dirname "$(readlink -f "$0")")/../node_modules/.bin/node"; [ -x "$own" ] || own=node; exec "$own" "$0" "$@"
// The line above is for the shell, which takes the Node that was installed with us before any other one of the machine.
// Written so that any Node since 12 can read it: an old one must live to say that it is too old.
const NEEDED = 24
if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(
    `lanward: needs Node.js ${NEEDED} or newer, this is ${process.versions.node} (${process.execPath})\n`,
  )
  process.exitCode = 69
} else {
  if (process.env.LANWARD_HANDOVER !== undefined) holdSignals()
  keepCompiledCode()
  run()
}

/** By `require`: `import` reads through all of it once more, for the names that it exports. */
function run() {
  try {
    const { realpathSync } = process.getBuiltinModule('node:fs')
    const require = process.getBuiltinModule('node:module').createRequire(realpathSync(process.argv[1]))
    require('../dist/supervisor/cli/main.cjs')
  } catch (error) {
    tellFailure(error)
  }
}

/** Compiled code is kept beside its source, and only by the owner: whoever may write there may change the source too. */
function keepCompiledCode() {
  const { realpathSync, statSync } = process.getBuiltinModule('node:fs')
  const { dirname, join } = process.getBuiltinModule('node:path')
  try {
    const dist = join(dirname(realpathSync(process.argv[1])), '..', 'dist')
    if (statSync(dist).uid !== process.getuid()) return
    process.getBuiltinModule('node:module').enableCompileCache(join(dist, 'compile-cache'))
  } catch {
    // It only saves time.
  }
}

/** A supervisor that became this program runs already: what it is told now waits until the supervisor listens again. */
function holdSignals() {
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(name, function hold() {
      if (process.listenerCount(name) > 1) return
      const again = setInterval(() => {
        if (process.listenerCount(name) === 1) return
        clearInterval(again)
        process.off(name, hold)
        process.emit(name)
      }, 5)
    })
  }
}

function tellFailure(error) {
  const absent = error.code === 'MODULE_NOT_FOUND' && String(error.message).includes('main.cjs')
  process.stderr.write(
    absent
      ? 'lanward: not built yet; run `npm run build` in the folder of the package\n'
      : `lanward: cannot start: ${error.stack || error}\n`,
  )
  process.exitCode = 70
}
