/** Writes numbered lines, each in two pieces, as fast as the loop turns, up to the number that it is given. */
const last = Number(process.argv[2])
let number = 0

function write(): void {
  number += 1
  process.stdout.write(`number `)
  setImmediate(() => {
    process.stdout.write(`${number}\n`)
    if (number < last) setTimeout(write, 1)
    else setInterval(() => undefined, 1_000_000)
  })
}

write()
