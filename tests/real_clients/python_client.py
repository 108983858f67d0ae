"""One client of each endpoint, by the library `websockets`.

usage: python_client.py REPLY_URL NOTIFY_URL WATCHED_FILE

Prints `ready` when all is done but the end of the server, waits for that, and prints one line
`NAME=VALUE ...` with what was measured. A promise that is not kept ends it with a traceback.
"""

import asyncio
import sys
import time

import websockets

CHANGES = 5
# No honest answer takes this long.
LONG_S = 20


def check(what, seen, expected):
    if seen != expected:
        raise AssertionError(f"{what}: {seen!r:.200} instead of {expected!r:.200}")


async def answer(client, message):
    await client.send(message)
    return await client.recv()


async def talk(url):
    """Answers, a ping, and a close that this side begins."""
    client = await websockets.connect(url)
    check("extensions", client.protocol.extensions, [])
    offered = client.request.headers["Sec-WebSocket-Extensions"]
    check("offered", "permessage-deflate" in offered, True)
    check("hello", await answer(client, "hello"), "Server response: olleh")
    check("beyond ASCII", await answer(client, "añb😀"), "Server response: 😀bña")
    check("nothing", await answer(client, ""), "Server response: ")
    check("binary", await answer(client, b"\x00\x01\xff"), b"\xff\x01\x00")
    million = "0123456789" * 100_000
    check("1 MB", await answer(client, million), "Server response: " + million[::-1])
    await (await client.ping(b"still there?"))
    start = time.monotonic()
    check("and goes on", await answer(client, "x"), "Server response: x")
    round_trip = time.monotonic() - start
    await client.close()
    check("close code", client.close_code, 1000)
    check("close answered", client.protocol.close_rcvd.code, 1000)
    return round_trip


async def hear(url, path):
    """Changes, each within its time, then the end of the server."""
    client = await websockets.connect(url)
    delays = []
    for number in range(CHANGES):
        start = time.monotonic()
        with open(path, "a") as file:
            file.write(f"change {number}\n")
        check("notice", await client.recv(), "File has been modified")
        delays.append(time.monotonic() - start)
    return client, max(delays)


async def see_the_end(client):
    try:
        surplus = await client.recv()
    except websockets.ConnectionClosed:
        return client.close_code
    raise AssertionError(f"a notice of no change: {surplus!r}")


async def main(reply_url, notify_url, path):
    round_trip = await talk(reply_url)
    client, delay = await hear(notify_url, path)
    talker = await websockets.connect(reply_url)
    print("ready", flush=True)
    codes = {await see_the_end(client), await see_the_end(talker)}
    check("end of the server", codes, {1001})
    library = f"websockets-{websockets.__version__}"
    notify_ms, reply_ms = delay * 1000, round_trip * 1000
    print(f"library={library} notify_ms={notify_ms:.1f} reply_ms={reply_ms:.2f}")


asyncio.run(asyncio.wait_for(main(*sys.argv[1:]), LONG_S))
