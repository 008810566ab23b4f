/** Runs, but never says that it is ready. */
setInterval(() => undefined, 1 << 30)
