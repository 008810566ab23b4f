#!/bin/sh
# Makes as many orphans as the first argument says, all of which end at once, then rests.
count=0
while [ "$count" -lt "$1" ]; do
  (: &)
  count=$((count + 1))
done
exec sleep 1000
