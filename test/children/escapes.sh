#!/bin/sh
# Leaves its group, its session and its parent, is deaf to SIGTERM, holds its output open and has a child of its own.
export ESCAPED='trap "" TERM HUP; sleep 1000 & echo "$$ $!" >>"$STATE_DIRECTORY/pids"; while :; do sleep 1000; done'
(setsid sh -c "$ESCAPED" &)
trap '' TERM
echo "$$" >>"$STATE_DIRECTORY/pids"
while :; do sleep 1000; done
