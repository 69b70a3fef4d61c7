#!/bin/sh
# Keeps a page up to date in the set's volume; the web container of the same set serves it.
# The first process of a container must handle SIGTERM itself, or a stop takes its whole grace period.
trap 'exit 0' TERM
mkdir -p /data
while true; do
    {
        echo '<!doctype html><title>Mosaic</title>'
        echo "<h1>A set runs on $(hostname)</h1>"
        echo "<p>Written into the shared volume by the writer container at $(date -u '+%Y-%m-%d %H:%M:%S') UTC.</p>"
    } >/data/index.html.new
    mv /data/index.html.new /data/index.html
    sleep 1 &
    wait $!
done
