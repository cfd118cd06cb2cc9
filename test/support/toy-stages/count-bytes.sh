#!/bin/sh
# Bytes of a file, as JSON.
wc -c < "$1" | tr -d ' \n' > "$2"
