#!/bin/sh
# What must be on this machine? `run`: the product. `dev`: also its tools. `test`: also a browser.
# Does nothing, in a blink, when nothing changed. PYTHON=/path/to/python3 names the interpreter to build on.
set -eu
cd "$(dirname "$0")/.."
top=$(pwd -P)
level=${1:-dev}
unset PYTHONPATH PYTHONHOME
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_USER=0 DEBIAN_FRONTEND=noninteractive

say() { printf '%s\n' "$*"; }
die() { printf '%s\n' "$@" >&2; exit 1; }

# Silent when it works; when it fails, its last lines without the names of package servers.
quietly() {
    log=$(mktemp)
    if "$@" >"$log" 2>&1 </dev/null; then rm -f "$log"; return 0; fi
    tail -n 15 "$log" | sed -E "s#[a-z+]+://[^ /']+#…#g; s#host='[^']*'#host=…#g" >&2
    rm -f "$log"
    return 1
}

is_debian() { grep -qx 'ID=debian' /etc/os-release 2>/dev/null; }
may_install() { command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; }

# The lists of packages are fetched only when the install fails without them.
apt_install() {
    say "Installing from the system's packages: $*"
    apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1 </dev/null && return 0
    quietly apt-get update -q && quietly apt-get install -y -q --no-install-recommends "$@"
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        python=$(command -v "$name") && is_new_enough "$python" && return 0
    done
    return 1
}

need_python() {
    find_python && return 0
    if [ -z "${PYTHON:-}" ] && may_install && apt_install python3 python3-venv && find_python; then return 0; fi
    found=$(command -v "${PYTHON:-python3}" || true)
    die "Duologue needs Python 3.11 or newer. Found: ${found:-none}${found:+ ($("$found" -V 2>&1))}." \
        "  Debian 12, Ubuntu 24.04 and later:  sudo apt-get install python3 python3-venv" \
        "  Another one on this machine:        make run PYTHON=/path/to/python3"
}

need_modules() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        { may_install && apt_install python3-venv && "$python" -c 'import ensurepip, venv' 2>/dev/null; } ||
        die "$python ($("$python" -V 2>&1)) cannot make virtual environments." \
            "  Debian and Ubuntu:  sudo apt-get install python3-venv"
    "$python" -c 'import sqlite3, ssl' 2>/dev/null ||
        die "$python was built without sqlite3 or ssl. Name another one: make run PYTHON=/path/to/python3"
}

# A copied or moved folder keeps programs that point to the old place: such a .venv is made anew.
is_venv_whole() {
    [ -x .venv/bin/python ] && is_new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1 &&
        grep -qF "$top/.venv" .venv/bin/activate
}

need_venv() {
    is_venv_whole && return 0
    need_python
    need_modules
    say "Making .venv with $("$python" -V 2>&1)"
    quietly "$python" -m venv --clear .venv || die "Could not make .venv with $python."
}

lock_of() { if [ "$1" = run ]; then echo requirements.txt; else echo requirements-dev.txt; fi; }

# All that decides what gets installed: this place, the interpreter, the lock, the project's head.
fingerprint() {
    { echo "$top"; .venv/bin/python -V; sed '/^\[tool\./,$d' pyproject.toml; cat "$(lock_of "$1")"; } 2>/dev/null | cksum
}

is_ready() { [ -x .venv/bin/duologue ] && [ "$(cat ".venv/ready-$1" 2>/dev/null)" = "$(fingerprint "$1")" ]; }

install_packages() {
    is_ready "$1" && return 0
    if command -v flock >/dev/null 2>&1; then exec 9>.venv.lock; flock 9; is_ready "$1" && return 0; fi
    need_venv
    say "Installing $(grep -c '^[a-z].*==' "$(lock_of "$1")") packages into .venv (only when something changed)"
    quietly .venv/bin/python -m pip install -q --require-hashes --only-binary :all: -r "$(lock_of "$1")" ||
        die "The packages could not be installed. Is this machine online? Then run the same command again."
    quietly .venv/bin/python -m pip install -q --no-deps --no-build-isolation --editable . ||
        die "Duologue itself could not be put into .venv: see above."
    fingerprint "$1" >".venv/ready-$1"
    if [ "$1" = dev ]; then fingerprint run >.venv/ready-run; fi
}

has_browser() { .venv/bin/python scripts/run_tests.py --has-browser 2>/dev/null; }

# The library is for the program that drives the browser. Ubuntu's chromium is only a pointer to another installer.
need_browser() {
    has_browser && return 0
    if is_debian && may_install && apt_install chromium libatomic1 && has_browser; then return 0; fi
    say "No Chromium that can be driven here, so browser tests cannot run." \
        "Debian: sudo apt-get install chromium libatomic1. Elsewhere: .venv/bin/playwright install --with-deps chromium"
}

# The relay that the probe of relays is tried against. Its package would start it as a service: it must not listen here.
need_relay() {
    command -v turnserver >/dev/null 2>&1 && return 0
    is_debian && may_install && install_quietly coturn && return 0
    say "No coturn here, so the tests that need a real relay are left out. Debian: sudo apt-get install coturn"
}

# Installs a package whose service stays off: not started now, and not at the next start of this machine.
install_quietly() {
    forbids=/usr/sbin/policy-rc.d
    made=
    if [ ! -e "$forbids" ]; then
        { printf '#!/bin/sh\nexit 101\n' >"$forbids" && chmod 755 "$forbids"; } 2>/dev/null || return 1
        made=yes
    fi
    say "Installing from the system's packages: $1"
    if apt-get install -y -q --no-install-recommends "$1" >/dev/null 2>&1 </dev/null; then done_well=yes; else done_well=; fi
    if [ "$made" ]; then rm -f "$forbids"; fi
    if [ -d /run/systemd/system ]; then systemctl disable -q "$1" >/dev/null 2>&1 || true; fi
    [ "$done_well" ]
}

case $level in
run | dev) install_packages "$level" ;;
test) install_packages dev && need_browser && need_relay ;;
*) die "Usage: scripts/setup.sh run|dev|test" ;;
esac
