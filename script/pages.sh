# shellcheck shell=bash
# shellcheck disable=SC2154 # work, root, python: of lib.sh and clients.sh
# The blocks of README.md and docs/ that are no SQL, each as the table in test/pages/README.md
# says; script/test sources this and calls pages_tests. What nothing here can run is told, with
# the table's reason, and counted as skipped.

# try_page PROGRAM: of test/pages. Status 77: it cannot be tried here.
try_page() {
	local program=$work/build/test/pages/$1 run=()
	case $1 in
	*.py) run=("$python" -B) ;;
	*.js) run=(node) ;;
	*.rb) run=(/usr/bin/ruby) ;;
	*.sh) run=(bash -euo pipefail) ;;
	esac
	if [[ $1 == demo.sh ]]; then
		mkdir "$work/compiled"
		make_of_compiled >"$work/compiled/make"
		chmod 755 "$work/compiled/make"
	fi
	COMPILED=$work/compiled run_example "page_${1//[.-]/_}" "${run[@]}" "$program"
}

# In $reason why what the program $1 is written in cannot be had, if it cannot.
find_reason() {
	reason=''
	case $1 in
	*.py | first_api.sh) have_python || reason=$without_python ;;
	*.js) { have_python || reason=$without_python; } && { have_node || reason=$without_node; } ;;
	*.rb) install_optional ruby-activerecord ruby-pg ruby-active-model-serializers || reason="needs Debian's packages of Rails" ;;
	esac
}

try_or_tell() {
	find_reason "$1"
	if [[ -z $reason ]]; then
		check "test/pages/$1" try_page "$1"
	else
		skip "test/pages/$1" "$reason"
	fi
}

# Prints them into $1, or what is wrong with the table.
list_blocks() { "$python" -B "$root/test/pages/blocks.py" >"$1" || { cat "$1"; return 1; }; }

pages_tests() {
	local page block how by reason table=$work/pages.table
	local -A tried=()
	make_blog
	check 'every block of README.md and docs/ is in the table of test/pages/README.md' list_blocks "$table"
	while IFS=$'\t' read -r page block how by <&3; do
		if [[ $how == 'not run' ]]; then
			skip "$page, $block" "$by"
			continue
		fi
		by=${by%%[ :]*}
		by=${by//\`/}
		# what script/clients.sh and script/packages.sh try
		if [[ $by == examples/ || $by == script/* || -n ${tried[$by]-} ]]; then continue; fi
		tried[$by]=1
		try_or_tell "$by"
	done 3<"$table"
	try_or_tell postgrest.py # of blocks of SQL
}
