# shellcheck shell=bash
# shellcheck disable=SC2154 # work, root: of lib.sh
# script/test --matrix [MAJOR...]: the whole test command on Debian's versions, in
# a throw-away root for each; script/test sources it and calls run_matrix.
#
# What mounts file systems in a root has its own mounts and its own processes, and
# they end with it: whoever removes $work never does so through a mount.

isolated_pid=''

debian_of() {
	case $1 in
	15) echo bookworm ;;
	17) echo trixie ;;
	18) echo sid ;;
	19) echo experimental ;;
	*) die "--matrix: $1 is none of Debian's versions: 15, 17, 18, 19" ;;
	esac
}

# isolated FUNCTION ARGUMENT...: in namespaces of its own, its output into $log. Not
# waited for in the foreground, where a signal to this shell would have to wait too.
isolated() {
	export -f "${1?}"
	unshare --mount --pid --ipc --fork --kill-child --mount-proc \
		bash -euo pipefail -c '"$@"' bash "$@" >>"$log" 2>&1 </dev/null &
	isolated_pid=$!
	wait "$isolated_pid"
}

# The first process of a namespace takes all others with it, and is gone after them.
end_isolated() {
	local first=''
	if [[ -n $isolated_pid ]] && kill -0 "$isolated_pid" 2>/dev/null; then
		read -r first <"/proc/$isolated_pid/task/$isolated_pid/children" || true
		kill -KILL "${first:-$isolated_pid}" 2>/dev/null || true
		wait "$isolated_pid" 2>/dev/null || true
	fi
}

finish_matrix() {
	trap '' INT TERM HUP PIPE
	end_isolated
	finish "$1"
}

# The mirror that this machine's apt uses, if any.
find_mirror() {
	local site label
	while read -r site label; do
		if [[ $label == Debian && $site == http* ]]; then
			echo "${site%/}"
			return
		fi
	done < <(apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Identifier: Packages' 2>/dev/null)
	echo http://deb.debian.org/debian
}

# make_root DIRECTORY DEBIAN MIRROR APT-SETTINGS. What is experimental is sid but for
# PostgreSQL.
make_root() {
	local debian=${2/experimental/sid} include=()
	if [[ $3 == https:* ]]; then include=(--include=ca-certificates); fi
	debootstrap --variant=minbase "${include[@]}" "$debian" "$1" "$3"
	cp -L /etc/resolv.conf /etc/hosts "$1/etc"
	# npm's registry may be reached by way of one that only this machine trusts
	if [[ -d /usr/local/share/ca-certificates ]]; then
		mkdir -p "$1/usr/local/share/ca-certificates"
		cp -rL /usr/local/share/ca-certificates/. "$1/usr/local/share/ca-certificates"
		if [[ -x $1/usr/sbin/update-ca-certificates ]]; then chroot "$1" update-ca-certificates; fi
	fi
	printf '%s\n' "$4" >"$1/etc/apt/apt.conf.d/99matrix"
	echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/matrix"
	printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d" # packages start nothing
	chmod 755 "$1/usr/sbin/policy-rc.d"
	if [[ $2 == experimental ]]; then
		echo "deb $3 experimental main" >>"$1/etc/apt/sources.list"
		printf '%s\n' 'Package: postgresql* libpq*' 'Pin: release a=experimental' 'Pin-Priority: 500' \
			>"$1/etc/apt/preferences.d/matrix"
	fi
}

# test_root DIRECTORY MAJOR
test_root() {
	mount --bind "$1" "$1" # for namespaces within
	mount -t proc proc "$1/proc"
	mount -t tmpfs -o mode=1777 shm "$1/dev/shm"
	chroot "$1" env -u PG_CONFIG -u TMPDIR HOME=/root LC_ALL=C.UTF-8 PG_MAJOR="$2" /srv/jsonify/script/test
}

# The row of a version, whose tests may fail: then what failed is shown, and all that
# they said kept where git ignores it.
test_version() {
	local major=$1 debian version ok=0 bad=1 start=$SECONDS log=$work/matrix-$1.log dir=$work/root
	debian=$(debian_of "$major")
	say "PostgreSQL $major: a root with $debian"
	if isolated make_root "$dir" "$debian" "$mirror" "$apt_settings"; then
		mkdir "$dir/srv/jsonify"
		copy_checkout "$dir/srv/jsonify"
		say "PostgreSQL $major: script/test"
		isolated test_root "$dir" "$major" || true
	fi
	rm -rf --one-file-system "$dir"

	if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		ok=${BASH_REMATCH[1]} bad=${BASH_REMATCH[2]}
	fi
	version=$(sed -n 's/^== building with PostgreSQL \([^ ]*\).*/\1/p' "$log" | head -n 1)
	rows+=("$(printf '| %-12s | %-10s | %6d | %6d | %7d |' "$debian" "${version:-$major}" "$ok" "$bad" $((SECONDS - start)))")
	passed=$((passed + ok)) failed=$((failed + bad))
	if ((bad > 0)); then
		mkdir -p "$root/results"
		cp "$log" "$root/results"
		grep -E '^(FAILED|not ok|E:) |\.\.\. FAILED' "$log" || true
		tail -n 20 "$log"
		say "PostgreSQL $major: $bad failed; all of it is in results/${log##*/}"
	fi
}

# run_matrix [MAJOR...]: all of them without. Prints the table, counts in $passed and
# $failed.
run_matrix() {
	local mirror apt_settings proxy='' major rows=() majors=("$@")
	if ((${#majors[@]} == 0)); then majors=(15 17 18 19); fi
	for major in "${majors[@]}"; do debian_of "$major" >/dev/null; done
	((EUID == 0)) || die '--matrix makes roots with debootstrap: it needs root'
	make_workdir
	trap 'finish_matrix $?' EXIT

	need debootstrap debootstrap
	need /usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring
	if ((${#missing[@]} > 0)); then install_missing; fi
	unshare --mount --pid --ipc --fork true 2>/dev/null ||
		die '--matrix needs namespaces of its own (unshare), which this root may not make'
	mknod "$work/null" c 1 3 2>/dev/null && true 2>/dev/null >"$work/null" ||
		die "--matrix needs device nodes, which $work does not allow: set TMPDIR to a directory that is not mounted nodev"

	mirror=$(find_mirror)
	# sid's and experimental's lists may be older than they say they keep.
	apt_settings=$(
		apt-config dump 2>/dev/null | grep -iE '^Acquire::(http|https)::(.*::)?Proxy ' || true
		printf '%s "%s";\n' Acquire::Check-Valid-Until false Acquire::Languages none
	)
	eval "$(apt-config shell proxy Acquire::http::Proxy 2>/dev/null)"
	if [[ $proxy == http* ]]; then export http_proxy=$proxy; fi # debootstrap's

	rm -f "$root"/results/matrix-*.log
	for major in "${majors[@]}"; do test_version "$major"; done
	printf '| %-12s | %-10s | %6s | %6s | %7s |\n' Debian PostgreSQL passed failed seconds
	echo '|--------------|------------|-------:|-------:|--------:|'
	printf '%s\n' "${rows[@]}"
}
