#!/usr/bin/env bash
# Makes the pictures in README.md with the program itself.
#
# usage: assets/make.sh DIRECTORY_OF_GEARSHIFT
#
# Needs chromium and pngquant. The machine should be quiet: the report shows what was measured.
set -euo pipefail
assets=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$(cd "$1" && pwd):$PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Three clients that stay for 0.6 s each come to a pool of two workers: the third has to wait.
gearshift serve -q --model pool --threads 2 --service reply --trace pool.json >serve.log &
server=$!
until grep -q listening serve.log; do sleep 0.1; done
clients=()
for _ in 1 2 3; do
    (echo hello; sleep 0.6) | gearshift client -q ws://127.0.0.1:8766 &
    clients+=($!)
    sleep 0.1
done
wait "${clients[@]}"
kill "$server"
wait "$server"
gearshift timeline pool.json --html timeline.html

gearshift compare -s blocking-handler --quick --export-html report.html >/dev/null

# usage: picture NAME WIDTH HEIGHT
picture() {
    local scheme
    for scheme in dark light; do
        # The number is Chromium's for prefers-color-scheme.
        chromium --headless --no-sandbox --disable-gpu --hide-scrollbars \
            --blink-settings=preferredColorScheme=$([ $scheme = dark ] && echo 0 || echo 1) \
            --window-size="$2,$3" --screenshot="$1-$scheme.png" "file://$PWD/$1.html" 2>/dev/null
        pngquant --force --quality 60-90 --output "$assets/$1-$scheme.png" "$1-$scheme.png"
    done
}
picture timeline 1000 440
picture report 1000 1070
ls -l "$assets"
