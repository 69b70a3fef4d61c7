#!/bin/sh
# Serves the set's volume; hands SIGTERM on, as the first process of a container must.
/bin/httpd -f -v -p 8080 -h /data &
trap 'kill $!; exit 0' TERM
wait $!
