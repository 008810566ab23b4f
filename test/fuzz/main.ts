/** `npm run fuzz -- TARGET [RUNS] [SEED]`: a long property run of one target; the seed is printed so that a fault can be met again. */
const [target, runsText = '20000', seedText] = process.argv.slice(2)
const runs = Number(runsText)
const seed = seedText === undefined ? Date.now() % 2 ** 31 : Number(seedText)

if (target === undefined || !/^[a-z0-9]+$/.test(target) || !Number.isInteger(runs) || !Number.isInteger(seed)) {
  process.stderr.write('usage: npm run fuzz -- dhcp|dhcp6|ntp|syslog [RUNS] [SEED]\n')
  process.exitCode = 64
} else {
  process.stdout.write(`fuzz ${target}: ${runs} runs, seed ${seed}\n`)
  const { run }: { run(runs: number, seed: number): void } = await import(`./${target}.ts`)
  run(runs, seed)
  process.stdout.write('no fault found\n')
}
