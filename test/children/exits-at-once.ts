process.stdout.write(`${process.argv[3] ?? 'I cannot work like this'}\n`)
process.exitCode = Number(process.argv[2] ?? 1)
