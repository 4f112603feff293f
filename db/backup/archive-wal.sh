#!/bin/sh
# What PostgreSQL calls for every finished segment of its write-ahead log. sh, since the server's image may have no more.
set -eu

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
  cat <<'HELP'
Copies one segment of the write-ahead log into an archive. It never overwrites and answers only when the copy is on disk.

  wal_level = replica
  archive_mode = on                # needs a restart
  archive_command = '/path/to/archive-wal.sh /archive %p %f'

The archive is a directory that the server's account can write to, best on another machine. A segment that is there
already with the same content counts as archived; with other content it is an error, since two servers write to it.
HELP
  exit 0
fi

fail() {
  echo "archive-wal.sh: $*" >&2
  exit 1
}

[ "$#" -eq 3 ] || fail "expected: archive-wal.sh ARCHIVE %p %f (see --help)"
archive=$1 segment=$2 name=$3
[ -d "$archive" ] || fail "$archive is not a directory"
[ -f "$segment" ] || fail "$segment is not a file"
case $name in
  '' | */* | .*) fail "$name is not the name of a segment" ;;
esac

if [ -e "$archive/$name" ]; then
  cmp -s "$segment" "$archive/$name" || fail "$archive/$name is there already with other content"
  # An earlier try may have been cut off before the name was on disk.
  sync
  exit 0
fi

# The first that a promoted server sends is its history.
case $name in
  *.history)
    for other in "$archive"/????????????????????????; do
      [ ! -e "$other" ] || fail "this server was promoted, and $archive has the log of another: give it an archive of its own"
    done
    ;;
esac

umask 077
rm -f "$archive/.$name".*
draft=$archive/.$name.$$
trap 'rm -f "$draft"' EXIT
dd if="$segment" of="$draft" bs=1048576 conv=fsync 2>/dev/null || fail "$segment cannot be copied to $archive"
# A link, not a move: it fails where the name has been taken meanwhile.
ln "$draft" "$archive/$name" || fail "$archive/$name cannot be made"
sync "$archive" 2>/dev/null || sync
