# shellcheck shell=bash
# shellcheck disable=SC2154 # work, root, PG_MAJOR: of lib.sh
# The packages, tried by script/test, which sources this and calls packages_tests:
# what PGXN takes, and Debian's, built, installed, used and removed again.
#
# The latter needs root, and is done in a copy of this machine's root that forgets what
# is written (an overlay), with mounts and processes of its own: what apt does there
# this machine never sees, nor does any cluster on it.

# What PGXN's manager demands of META.json (https://pgxn.org/spec/), and that the
# version, which stands in jsonify.control, is everywhere the same.
check_meta() {
	python3 - "$1" <<-'EOP'
		import json, os, re, sys
		os.chdir(sys.argv[1])
		version = re.search(r"default_version *= *'(.*)'", open("jsonify.control").read())[1]
		meta = json.load(open("META.json"))
		for key in "name", "version", "abstract", "maintainer", "license", "provides", "meta-spec":
		    assert meta.get(key), f"META.json: no {key}"
		assert re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-[0-9A-Za-z.-]+)?", version), f"{version} is no semantic version"
		assert meta["name"] == "jsonify" and meta["license"] == "postgresql"
		assert meta["meta-spec"]["version"] == "1.0.0"
		assert meta["release_status"] in ("stable", "testing", "unstable")
		assert all(2 <= len(tag) < 256 and not re.search(r"[/\\\x00-\x1f]", tag) for tag in meta["tags"])
		assert meta["version"] == version, f"META.json: version {meta['version']}, not {version}"
		for name, extension in meta["provides"].items():
		    assert os.path.exists(name + ".control"), f"META.json: provides {name}"
		    assert extension["version"] == version, f"META.json: {name} is {extension['version']}, not {version}"
		    for key in "file", "docfile":
		        assert os.path.exists(extension[key]), f"META.json: there is no {extension[key]}"
		packaged = re.match(r"jsonify \((.*?)\)", open("debian/changelog").read())[1]
		assert packaged == version, f"debian/changelog: version {packaged}, not {version}"
	EOP
}

# make dist: the archive for PGXN has all that META.json speaks of, and every source.
check_dist() {
	local dist=$work/dist
	mkdir "$dist"
	make -C "$root" PG_CONFIG="$pg_config" DISTDIR="$dist" dist &&
		python3 -m zipfile -e "$dist"/jsonify-*.zip "$dist" &&
		check_meta "$dist"/jsonify-*/ &&
		[[ ! -e $(echo "$dist"/jsonify-*/.ci) ]] &&
		diff <(git -c safe.directory='*' -C "$root" ls-tree -r --name-only HEAD src sql | sort) \
			<(cd "$dist"/jsonify-*/ && find src sql -type f | sort) &&
		rm -rf "$dist"
}

# in_overlay DIRECTORY SOURCE SCRIPT ARGUMENT...: run a function of this file by its text
# in a copy of the root below DIRECTORY, with SOURCE in /srv/jsonify.
in_overlay() {
	unshare --mount --pid --ipc --fork --kill-child --mount-proc bash -euo pipefail -c '
		mount -t tmpfs -o mode=755 overlay "$1"
		mkdir "$1/upper" "$1/work" "$1/root"
		mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
		mkdir -p "$1/root/srv/jsonify"
		cp -R "$2/." "$1/root/srv/jsonify"
		mount --rbind /dev "$1/root/dev"
		mount -t proc proc "$1/root/proc"
		printf "#!/bin/sh\nexit 101\n" >"$1/root/usr/sbin/policy-rc.d" # packages start nothing
		chmod 755 "$1/root/usr/sbin/policy-rc.d"
		exec chroot "$1/root" env -u TMPDIR HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
			bash -euxo pipefail -c "${@:3}"
	' bash "$@"
}

# The script for it; $1 is the major version.
# shellcheck disable=SC2016 # for the inner shell
debian_package='
	apt="apt-get -o DPkg::Lock::Timeout=300 -o DPkg::Options::=--force-unsafe-io -qy --no-install-recommends"
	find /usr/lib/postgresql /usr/share/postgresql -name "jsonify*" -delete # of a make install
	cd /srv/jsonify
	if ! { $apt update && $apt build-dep -P nocheck .; }; then
		set +x
		echo "what it is built with cannot be installed"
		exit 77
	fi
	pg_buildext updatecontrol # of another version of PostgreSQL than debian/control has
	DEB_BUILD_OPTIONS="nocheck parallel=2" dpkg-buildpackage -b -us -uc -Pnocheck
	$apt install "../postgresql-$1-jsonify_"*.deb
	cat >../try.sh <<-"END"
		PATH=/usr/lib/postgresql/$1/bin:$PATH PGHOST=$PWD
		export PGHOST
		initdb -D data -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync
		pg_ctl start -w -D data -l server.log -o "-c listen_addresses= -c unix_socket_directories=$PWD"
		psql -X -q -v ON_ERROR_STOP=1 -U postgres postgres <../jsonify/demo/blog.sql
		psql -XAt -U postgres postgres -c "SELECT jsonify(u, \$\${ username, posts.title }\$\$) FROM users u WHERE id = 1" >document
		pg_ctl stop -D data
		grep -q "^{\"title\": \[.*\], \"username\": \"ada\"}$" document
	END
	mkdir ../try
	chown postgres ../try
	(cd ../try && runuser -u postgres -- bash -euxo pipefail ../try.sh "$1")
	$apt purge "postgresql-$1-jsonify"
	! find /usr/lib/postgresql /usr/share/postgresql -name "jsonify*" | grep .
'
check_debian_package() {
	local status=0
	mkdir "$work/overlay" "$work/source"
	copy_checkout "$work/source"
	in_overlay "$work/overlay" "$work/source" "$debian_package" bash "$PG_MAJOR" || status=$?
	rmdir "$work/overlay"
	return $status
}

# Why it cannot be tried here, if it cannot.
no_debian_package() {
	if ((EUID != 0)); then
		echo 'needs root'
	elif [[ -n ${PG_CONFIG-} || ! -e /etc/debian_version ]]; then
		echo "is for Debian's PostgreSQL"
	elif ! unshare --mount --pid --ipc --fork bash -c 'mount -t tmpfs o "$1" && mkdir "$1"/{u,w,m} &&
		mount -t overlay -o "lowerdir=/,upperdir=$1/u,workdir=$1/w" o "$1/m" && [[ -x $1/m/usr/bin/dpkg ]]' \
		bash "$work/tmp" 2>/dev/null; then
		echo 'this root may not mount an overlay of its own'
	fi
}

packages_tests() {
	local reason
	check 'META.json, as PGXN wants it' check_meta "$root"
	if git -c safe.directory='*' -C "$root" rev-parse HEAD >/dev/null 2>&1; then
		check 'make dist' check_dist
	else
		skip 'make dist' 'this is no git checkout'
	fi
	reason=$(no_debian_package)
	if [[ -z $reason ]]; then
		check 'the Debian package, built, installed, used and removed' check_debian_package
	else
		skip 'the Debian package' "$reason"
	fi
}
