#!/bin/sh
# Leaves a process that every few milliseconds forks itself anew into another session and ends.
export RUNNER='trap "" TERM; sleep 0.005; setsid sh -c "$RUNNER" & exit 0'
(setsid sh -c "$RUNNER" &)
exec sleep 1000
