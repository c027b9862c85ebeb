#!/bin/bash
# What the completion script offers, asked for as bash asks.
#
#     test_completion.bash CONSENTCTL
set -u
consentctl=$1
failed=0

scratch=$(mktemp -d "${TMPDIR:-/tmp}/consent-completion.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
"$consentctl" completion bash >"$scratch/bash" || exit 1
# shellcheck source=/dev/null
. "$scratch/bash" || exit 1

# No daemon is asked here. The script that was read calls it.
# shellcheck disable=SC2317
_consentctl_sites()
{
	printf '%s\n' a.example b.example
}

# expect "WORD WORD" WORDS-OF-THE-LINE…: completes the last one.
expect()
{
	local wanted=$1
	shift
	COMP_WORDS=(consentctl "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_consentctl
	local got=${COMPREPLY[*]-}
	if [[ $got != "$wanted" ]]; then
		echo "consentctl $*: offered '$got', not '$wanted'"
		failed=1
	fi
}

expect "check" che
expect "policy" pol
expect "apply check show list diff render" policy ''
expect "apply" policy ap
expect "--domain" check --dom
expect "--gpc" check a.example --gp
expect "a.example b.example" check ''
expect "b.example" --format json check b
expect "b.example" policy show b
expect "" check a.example ''
expect "table json jsonl csv" check a.example --format ''
expect "html markdown text" policy render --format ''
expect "given refused expired" list a.example --state ''
expect "bash" completion b
expect "a.example b.example" list --limit 3 ''
expect "--limit" history --li
expect "" nonsense --li

for shell in zsh fish; do
	"$consentctl" completion "$shell" >"$scratch/$shell" || failed=1
	[[ -s $scratch/$shell ]] || { echo "$shell: nothing was printed"; failed=1; }
	if command -v "$shell" >"$scratch/where"; then
		"$shell" -n "$scratch/$shell" || { echo "$shell: the script does not parse"; failed=1; }
	else
		echo "$shell is not installed: its script is printed, and not parsed"
	fi
done

# Each command and option is in every script.
for shell in bash zsh fish; do
	for word in check withdraw export render bench no-preload policy-revision; do
		grep -q -e "$word" "$scratch/$shell" || { echo "$shell: $word is missing"; failed=1; }
	done
done
exit $failed
