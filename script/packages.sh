# shellcheck shell=bash
# shellcheck disable=SC2154 # work, root, PG_MAJOR: of lib.sh
# The ways to install, tried by script/test, which sources this and calls packages_tests:
# what PGXN takes; Debian's package, built, installed, used and removed again; from source,
# as README.md says; and the steps of the Dockerfile.
#
# All but the first need root, and are done in a copy of this machine's root that forgets what
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
# in a copy of the root below DIRECTORY, with SOURCE in /srv/jsonify
# and no program but those of its own: the PostgreSQL that is tested otherwise is not in its path.
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
		exec chroot "$1/root" env -u TMPDIR -u PGHOST -u PGPORT -u PGUSER -u PGDATABASE \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
			bash -euxo pipefail -c "${@:3}"
	' bash "$@"
}

# What the scripts for it have in common; $1 is the major version.
# shellcheck disable=SC2016 # for the inner shell
overlay_start='
	apt="apt-get -o DPkg::Lock::Timeout=300 -o DPkg::Options::=--force-unsafe-io -qy --no-install-recommends"
	find /usr/lib/postgresql /usr/share/postgresql -name "jsonify*" -delete # of a make install
	cd /srv/jsonify
	# Those commands of a page, which are for Debian 12 on amd64.
	page() {
		python3 -B test/pages/blocks.py "$1" "$2" | sed "s/postgresql-15-/postgresql-$major-/g; s/-dev-15$/-dev-$major/; s/_amd64\.deb/_$(dpkg --print-architecture).deb/"
	}
	# What apt has to bring, which asks nobody from now on.
	needs() {
		if ! { $apt update && $apt install "$@"; }; then
			set +x
			echo "apt cannot install $*"
			exit 77
		fi
		echo "APT::Get::Assume-Yes true;" >/etc/apt/apt.conf.d/99jsonify
	}
	# Who reads the pages, and has the checkout.
	make_reader() {
		echo "reader ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/reader
		useradd --create-home reader
		chown -R reader /srv
	}
	# The sample blog in a cluster of its own, of the programs in $1; the files $2... are run before.
	make_document() {
		cat >/srv/try.sh <<-"END"
			PATH=$1:$PATH PGHOST=$PWD
			export PGHOST
			initdb -D data -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync
			pg_ctl start -w -D data -l server.log -o "-c listen_addresses= -c unix_socket_directories=$PWD"
			sql() { psql -XAtq -v ON_ERROR_STOP=1 -U postgres "$@"; }
			for file in "${@:2}"; do sql postgres <"$file"; done
			sql postgres -c "CREATE DATABASE blog TEMPLATE template0"
			sql blog </srv/jsonify/demo/blog.sql
			sql blog -c "SELECT jsonify(u, \$\${ username, posts.title }\$\$) FROM users u WHERE id = 1" >document
			if (($# > 1)); then sql postgres -c "SELECT jsonify(1)"; fi
			pg_ctl stop -D data
			grep -q "^{\"title\": \[.*\], \"username\": \"ada\"}$" document
		END
		mkdir /srv/try
		chown postgres /srv/try
		(cd /srv/try && runuser -u postgres -- bash -euxo pipefail ../try.sh "$@")
	}
	major=$1
'

# docs/packages.md, Debian: by a user with sudo.
# shellcheck disable=SC2016 # for the inner shell
debian_package='
	needs sudo python3
	make_reader
	export PG_SUPPORTED_VERSIONS=$major # this one alone, be it the default of this Debian or not
	{
		page docs/packages.md "sh 1" | sed "1 a dpkg-checkbuilddeps -Pnocheck # what it needs, and not what this machine has by chance
		1 a pg_buildext updatecontrol"
	} >../page.sh
	runuser -u reader -- bash -euxo pipefail ../page.sh
	make_document "/usr/lib/postgresql/$major/bin"
	$apt purge "postgresql-$major-jsonify"
	! find /usr/lib/postgresql /usr/share/postgresql -name "jsonify*" | grep .
'

# README.md, from source: by a user with sudo, of a repository.
# shellcheck disable=SC2016 # for the inner shell
from_source='
	needs sudo python3 git
	git init -q .
	git add -A
	git -c user.name=nobody -c user.email=nobody@example.org commit -qm "what is tested"
	page README.md "shell 1" | sed "s,<address of this repository>,/srv/jsonify," >../page.sh
	grep -q "git clone /srv/jsonify" ../page.sh
	make_reader
	(cd ~reader && runuser -u reader -- bash -euxo pipefail /srv/page.sh)
	make_document "$(pg_config --bindir)"
'

# The steps of the Dockerfile, in this root in place of those of its images: what FROM
# begins anew has nothing of the stage before but what it copies. Its paths are those of
# Debian here as there.
# shellcheck disable=SC2016 # for the inner shell
docker_steps='
	needs python3
	mkdir /docker-entrypoint-initdb.d
	PG_MAJOR=$major python3 - >../steps.sh <<-"END"
		import os, re, sys
		text = re.sub(r"\\\n", " ", open("Dockerfile").read())
		stages = 0
		for line in text.splitlines():
		    word, rest = (line + " ").split(" ", 1)
		    rest = rest.strip()
		    if word == "FROM":
		        stages += 1
		        if not re.match(r"postgres:\$\{PG_MAJOR\}-bookworm( AS build)?$", rest): sys.exit(line)
		    elif word == "ARG":
		        if not re.match(r"PG_MAJOR(=15)?$", rest): sys.exit(line)
		    elif word == "RUN":
		        print(f"(cd / && {rest})")
		    elif word == "COPY" and rest == ". /src":
		        print("cp -R /srv/jsonify /src")
		        print("".join(f"rm -rf /src/{name}\n" for name in open(".dockerignore").read().split() if not re.search("[*!]", name)), end="")
		    elif word == "COPY" and rest == "--from=build /installed/ /" and stages == 2:
		        print("cp -R /installed/. /")
		    elif word and not word.startswith("#"):
		        sys.exit(f"what is this? {line}")
		if stages != 2: sys.exit("two stages are expected")
	END
	PG_MAJOR=$major bash -euxo pipefail ../steps.sh
	make_document "/usr/lib/postgresql/$major/bin" /docker-entrypoint-initdb.d/*
'

check_in_overlay() {
	local status=0
	mkdir "$work/overlay" "$work/source"
	copy_checkout "$work/source"
	in_overlay "$work/overlay" "$work/source" "$overlay_start$1" bash "$PG_MAJOR" || status=$?
	rmdir "$work/overlay"
	rm -rf "$work/source"
	return $status
}

# Why it cannot be tried here, if it cannot.
no_overlay() {
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
	local reason name script
	check 'META.json, as PGXN wants it' check_meta "$root"
	if git -c safe.directory='*' -C "$root" rev-parse HEAD >/dev/null 2>&1; then
		check 'make dist' check_dist
	else
		skip 'make dist' 'this is no git checkout'
	fi
	reason=$(no_overlay)
	for name in 'docs/packages.md: the Debian package, built, installed, used and removed' \
		'README.md: installed from source, and used' 'Dockerfile: its steps, and what comes of them, used'; do
		case $name in
		docs/*) script=$debian_package ;;
		README*) script=$from_source ;;
		Dockerfile*) script=$docker_steps ;;
		esac
		if [[ -z $reason ]]; then
			check "$name" check_in_overlay "$script"
		else
			skip "$name" "$reason"
		fi
	done
}
