import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

const ROOT = new URL('../..', import.meta.url).pathname

/**
 * Bundles one of our programs into a folder of its own, where of all packages that are not in the bundle only koffi is installed.
 *
 * @param source path in the checkout
 * @returns the folder, to be removed, and the program in it
 */
export async function bundleAlone(source: string): Promise<{ readonly folder: string; readonly program: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-alone-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(ROOT, 'node_modules/koffi'), join(folder, 'node_modules/koffi'))
  const program = join(folder, 'program.cjs')
  await build({
    ...{ entryPoints: [join(ROOT, source)], outfile: program, bundle: true, platform: 'node', format: 'cjs' },
    external: ['@duckdb/node-api', 'koffi'],
  })
  return { folder, program }
}
