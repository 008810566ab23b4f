process.stdout.write('I cannot work like this\n')
process.exitCode = Number(process.argv[2] ?? 1)
