# README.md, the demo: each line, word by word. The tour ends with mistakes on purpose: their hints are part of what it
# shows. At the prompt one types what README says; there $COMPILED may have a make that compiles nothing anew. The tests
# are what runs this.
here=${BASH_SOURCE[0]%/*}
printed=$PWD/printed
block=$(/usr/bin/python3 -B "$here/blocks.py" README.md 'shell 2')
typed=$(sed -n 's/^`\(SELECT .*jsonify_relationships.*;\)`.*/\1/p' "$here/../../README.md")
[[ -n $typed ]]
cd "$here/../.."
lines=0
while read -r line; do
	lines=$((lines + 1))
	case $line in
	'script/demo --psql '*)
		PATH=${COMPILED:-/nowhere}:$PATH bash -c "$line" <<<"\\d"$'\n'"$typed" >"$printed" 2>&1 || { cat "$printed"; exit 1; }
		grep -q ' post_tags ' "$printed"
		grep -q ' tags ' "$printed"
		;;
	'script/demo '*)
		bash -c "$line" </dev/null >"$printed" 2>&1 || { cat "$printed"; exit 1; }
		grep -q '^HINT:' "$printed"
		;;
	'script/test '*) ;;
	*) echo "what is this? $line" && exit 1 ;;
	esac
done <<<"$block"
((lines == 3))
