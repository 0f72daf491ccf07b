#!/bin/sh
# What does Lighthouse say of the main pages? In a demo world of its own; at least 95 of 100 for speed and access.
# By hand, where npx and a Chromium are: nothing of the product needs npm. Speed is true only on a quiet machine.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python} port=${PORT:-8999} folder=$(mktemp -d) server=
export DUOLOGUE_ENV=development DUOLOGUE_DATA_DIR="$folder" DUOLOGUE_DATABASE_URL=
export CHROME_PATH="${CHROME_PATH:-$(command -v chromium)}"
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT

"$python" -m duologue migrate >/dev/null
"$python" -m duologue demo >/dev/null
told=$("$python" -m duologue manage shell -v0 -c '
from bench.states import AMARA
from bench.world import cookie_of
from duologue.accounts.models import User
from duologue.bookings.models import Booking
from duologue.core import clock
amara = User.objects.get(email=AMARA)
print(cookie_of(amara), Booking.objects.filter(attendee=amara, starts_at__gt=clock.now()).earliest("starts_at").pk)')
"$python" -m duologue web --port "$port" >/dev/null 2>&1 &
server=$!
until "$python" -c "import socket; socket.create_connection(('127.0.0.1', $port))" 2>/dev/null; do sleep 1; done

failed=0
for page in / /h/naoko-ishida /sessions "/sessions/${told#* }"; do
    npx --yes lighthouse@12 "http://127.0.0.1:$port$page" --quiet --output=json --output-path="$folder/told.json" \
        --only-categories=performance,accessibility --chrome-flags="--headless=new --no-sandbox" \
        --extra-headers="{\"Cookie\": \"sessionid=${told% *}; zone=Europe/Berlin\"}"
    "$python" - "$page" "$folder/told.json" <<'END' || failed=1
import json, sys
scores = {name: round(100 * (one["score"] or 0)) for name, one in json.load(open(sys.argv[2]))["categories"].items()}
print(sys.argv[1], *(f"{name} {score}" for name, score in scores.items()))
sys.exit(min(scores.values()) < 95)
END
done
exit $failed
