#!/bin/bash
# The lists of the man page are those of the table of commands, and scdoc takes the page.
#
#     test_man.bash PRINT_MAN PAGE
set -u
print_man=$1
page=$2

scratch=$(mktemp -d "${TMPDIR:-/tmp}/consent-man.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
"$print_man" >"$scratch/wanted" || exit 1
sed -e '1,/^; begin of the generated part/d' -e '/^; end of the generated part/,$d' \
	"$page" >"$scratch/got"
if ! diff -u "$scratch/got" "$scratch/wanted"; then
	echo "$page: put what $(basename "$print_man") prints between its markers"
	exit 1
fi
if command -v scdoc >"$scratch/where"; then
	scdoc <"$page" >"$scratch/page" || exit 1
	for word in "EXIT STATUS" ENVIRONMENT EXAMPLES "policy render"; do
		grep -q "$word" "$scratch/page" || { echo "$page: $word is missing"; exit 1; }
	done
fi
