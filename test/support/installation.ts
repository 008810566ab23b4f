import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = new URL('../..', import.meta.url).pathname
const BUNDLE = 'dist/supervisor/cli/main.cjs'

/** Lanward as an administrator installs it: a copy of its own, which can be exchanged while it runs. */
export interface Installation extends Disposable {
  readonly launcher: string
  /** Puts a program in place of the supervisor's; `restore` brings the true one back. */
  exchange(program: string): void
  restore(): void
  setVersion(version: string): void
  /** Puts another program in place of the Node that is installed with it. */
  exchangeNode(script: string): void
}

/** Installs what was built into a temporary folder. */
export function install(): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-installed-'))
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), {
    recursive: true,
    filter: (path) => !path.includes('compile-cache'),
  })
  for (const file of ['supervisor/lanward.js', 'package.json', 'config/demo.toml']) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    copyFileSync(join(ROOT, file), join(folder, file))
  }
  const node = join(folder, 'node_modules/node/bin/node')
  mkdirSync(join(node, '..'), { recursive: true })
  symlinkSync(process.execPath, node)
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name !== 'node') symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  return {
    launcher: join(folder, 'supervisor/lanward.js'),
    exchange: (program) => writeFileSync(join(folder, BUNDLE), program),
    restore: () => copyFileSync(join(ROOT, BUNDLE), join(folder, BUNDLE)),
    setVersion: (version) => {
      const file = join(folder, 'package.json')
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), version }))
    },
    exchangeNode: (script) => {
      rmSync(node)
      writeFileSync(node, script, { mode: 0o755 })
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
