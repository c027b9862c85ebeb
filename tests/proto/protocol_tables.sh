#!/bin/sh
# The tables in PROTOCOL.md are as print_tables makes them, and a document in which one was changed,
# left out or asked for in vain is found out.
#
# usage: protocol_tables.sh PRINT_TABLES PROTOCOL_MD
# shellcheck disable=SC2016 # the backticks are of Markdown
set -eu
print_tables=$1
document=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

same() {
	"$print_tables" <"$1" >"$scratch/renewed" 2>"$scratch/complaint" &&
		diff -u "$1" "$scratch/renewed" >"$scratch/difference"
}

refuse() {
	if cmp -s "$document" "$scratch/planted"; then
		echo "nothing was planted: $1"
		exit 1
	fi
	if same "$scratch/planted"; then
		echo "not found out: $1"
		exit 1
	fi
}

if ! same "$document"; then
	cat "$scratch/complaint" "$scratch/difference"
	echo "renew it: $print_tables <proto/PROTOCOL.md >renewed && mv renewed proto/PROTOCOL.md"
	exit 1
fi
sed 's/| `consent_given` | yes |/| `consent_given` | no |/' "$document" >"$scratch/planted"
refuse "a row that was changed"
sed '/^| `subject_bytes` /d' "$document" >"$scratch/planted"
refuse "a row that was left out"
sed '/^<!-- table: limits -->$/d' "$document" >"$scratch/planted"
refuse "a table that was left out"
sed 's/^<!-- table: limits -->$/<!-- table: limit -->/' "$document" >"$scratch/planted"
refuse "a table that nobody makes"
sed '/^<!-- end -->$/d' "$document" >"$scratch/planted"
refuse "a table without an end"
