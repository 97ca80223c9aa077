# Sourced by scripts/up and scripts/test: installs what is missing and leaves a virtual environment in .venv/.
# Needs nothing but a shell. Exit code 3: something is missing that cannot be installed from here.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C.UTF-8 TZ=UTC DEBIAN_FRONTEND=noninteractive

give_up() {
    printf '%s\n' "$1" >&2
    exit 3
}

# The newest PostgreSQL that is installed, as a number; nothing when there is none.
newest_postgres() {
    local newest=
    for folder in /usr/lib/postgresql/*/bin/postgres; do
        [[ -x $folder ]] || continue
        folder=${folder#/usr/lib/postgresql/}
        folder=${folder%%/*}
        ((${folder%%.*} > ${newest:-0})) && newest=${folder%%.*}
    done
    printf '%s' "$newest"
}

# The Debian packages that are still missing, by looking for the files they bring.
missing_packages() {
    local major=$1
    command -v setpriv >/dev/null || echo util-linux
    command -v xz >/dev/null || echo xz-utils
    [[ -e /etc/ssl/certs/ca-certificates.crt ]] || echo ca-certificates
    [[ -d /usr/share/zoneinfo/Etc ]] || echo tzdata
    [[ -x /usr/lib/postgresql/$major/bin/postgres ]] || echo "postgresql-$major"
    [[ -x /usr/lib/postgresql/$major/bin/psql ]] || echo "postgresql-client-$major"
    [[ -e /usr/share/postgresql/$major/extension/pgtap.control ]] || echo "postgresql-$major-pgtap"
    [[ -e /usr/share/postgresql/$major/extension/plpgsql_check.control ]] || echo "postgresql-$major-plpgsql-check"
    [[ -e /usr/share/postgresql/$major/extension/pg_cron.control ]] || echo "postgresql-$major-cron"
    [[ -e /usr/lib/postgresql/$major/lib/wal2json.so ]] || echo "postgresql-$major-wal2json"
    [[ -x /usr/sbin/pgbouncer ]] || echo pgbouncer
    [[ -x /usr/sbin/haproxy ]] || echo haproxy
    command -v redis-server >/dev/null || echo redis-server
    command -v age >/dev/null || echo age
    command -v prometheus >/dev/null || echo prometheus
    command -v prometheus-postgres-exporter >/dev/null || echo prometheus-postgres-exporter
    command -v prometheus-redis-exporter >/dev/null || echo prometheus-redis-exporter
    command -v faketime >/dev/null || echo faketime
    command -v pgbackrest >/dev/null || echo pgbackrest
    # Checks the units of config/systemd, and makes the users of the second repository; nothing of it runs.
    command -v systemd-analyze >/dev/null || echo systemd
    command -v sqitch >/dev/null || echo sqitch
    perl -MDBD::Pg -e 1 2>/dev/null || echo libdbd-pg-perl
    # The templates of sqitch add use more than sqitch's own small engine knows.
    perl -MTemplate -e 1 2>/dev/null || echo libtemplate-perl
    command -v pg_prove >/dev/null || echo libtap-parser-sourcehandler-pgtap-perl
    system_python -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
}

# The distribution's own Python where there is one: another user can run it too.
system_python() {
    if [[ -x /usr/bin/python3 ]]; then /usr/bin/python3 "$@"; else python3 "$@"; fi
}

install_packages() {
    local installed major lack
    installed=$(newest_postgres)
    major=${installed:-15}
    ((major >= 15)) || give_up "PostgreSQL $major is too old: install PostgreSQL 15 or later and try again."
    mapfile -t lack < <(missing_packages "$major")
    ((${#lack[@]})) || return 0

    command -v apt-get >/dev/null || give_up "This is no Debian or Ubuntu, so nothing was installed: PostgreSQL 15 or \
later, pgTAP, plpgsql_check, pg_cron, wal2json, PgBouncer, haproxy, Redis, Prometheus with its exporters for PostgreSQL and Redis, age, faketime, pgBackRest, systemd, sqitch with DBD::Pg, pg_prove, xz and Python 3.11 or later with venv must be there first."
    ((EUID == 0)) || give_up "Missing packages, and only root may install them: sudo apt-get install ${lack[*]}"

    echo "Installing ${lack[*]}"
    # Installing the server must not leave a cluster behind that runs beside ours.
    if [[ ! -e /etc/postgresql-common/createcluster.conf ]]; then
        mkdir -p /etc/postgresql-common/createcluster.d
        echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/tradebase.conf
    fi
    # Nor must a pooler, a proxy, a cache or a Prometheus that runs beside ours.
    local log policy=
    if [[ ! -e /usr/sbin/policy-rc.d ]]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    log=$(mktemp)
    if ! { apt-get update -q && apt-get install -qy --no-install-recommends "${lack[@]}"; } >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        [[ -z $policy ]] || rm -f "$policy"
        give_up "apt-get could not install ${lack[*]}: see $log."
    fi
    [[ -z $policy ]] || rm -f "$policy"
    rm -f "$log"
}

# The second repository is received by one user and kept by another. Not as root, everything has the same user.
make_users() {
    ((EUID == 0)) || return 0
    id tradebase-receiver >/dev/null 2>&1 && id tradebase-keeper >/dev/null 2>&1 && return 0
    systemd-sysusers "$PWD/config/systemd/tradebase-users.conf" 2>/dev/null ||
        give_up "The users of config/systemd/tradebase-users.conf could not be made."
}

make_environment() {
    system_python -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        give_up "Python 3.11 or later is needed, $(system_python --version) is installed."
    # A moved or copied environment does not work: its scripts name the folder it was made in.
    local wanted stamp=.venv/made-for
    wanted=$(system_python --version && pwd && cat pyproject.toml)
    [[ -x .venv/bin/tradebase && -e $stamp && $(<"$stamp") == "$wanted" ]] && return 0
    echo "Installing the Python packages into .venv"
    local log
    log=$(mktemp)
    if ! { system_python -m venv --clear .venv && .venv/bin/pip install --disable-pip-version-check -q -e .; } >"$log" 2>&1; then
        grep -v WARNING "$log" | tail -n 5 >&2
        give_up "The Python packages could not be installed into .venv: see $log, check the network and try again."
    fi
    rm -f "$log"
    printf '%s\n' "$wanted" >"$stamp"
}

install_packages
make_users
make_environment
