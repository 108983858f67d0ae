"""One client for each endpoint, written with the library `websockets`.

usage: python_client.py REPLY_URL NOTIFY_URL WATCHED_FILE

Prints `ready` when only the end of the server is left to check, waits for it, and prints one line
`NAME=VALUE ...` with what was measured. A failed check ends it with a traceback.
"""

import asyncio
import sys
import time

import websockets

CHANGES = 5
# No correct reply takes this long.
LONG_S = 20


def check(what, seen, expected):
    if seen != expected:
        raise AssertionError(f"{what}: {seen!r:.200} instead of {expected!r:.200}")


async def reply_to(client, message):
    await client.send(message)
    return await client.recv()


async def converse(url):
    """Replies, a ping, and a close that this side begins."""
    client = await websockets.connect(url)
    check("extensions", client.protocol.extensions, [])
    offered = client.request.headers["Sec-WebSocket-Extensions"]
    check("offered", "permessage-deflate" in offered, True)
    check("hello", await reply_to(client, "hello"), "Server response: olleh")
    check("beyond ASCII", await reply_to(client, "añb😀"), "Server response: 😀bña")
    check("nothing", await reply_to(client, ""), "Server response: ")
    check("binary", await reply_to(client, b"\x00\x01\xff"), b"\xff\x01\x00")
    million = "0123456789" * 100_000
    check("1 MB", await reply_to(client, million), "Server response: " + million[::-1])
    await (await client.ping(b"still there?"))
    start = time.monotonic()
    check("after the ping", await reply_to(client, "x"), "Server response: x")
    round_trip = time.monotonic() - start
    await client.close()
    check("close code", client.close_code, 1000)
    check("close answered", client.protocol.close_rcvd.code, 1000)
    return round_trip


async def receive_notices(url, path):
    """Makes changes; returns the client and the longest delay of a notice."""
    client = await websockets.connect(url)
    delays = []
    for number in range(CHANGES):
        start = time.monotonic()
        with open(path, "a") as file:
            file.write(f"change {number}\n")
        check("notice", await client.recv(), "File has been modified")
        delays.append(time.monotonic() - start)
    return client, max(delays)


async def close_code_of(client):
    try:
        surplus = await client.recv()
    except websockets.ConnectionClosed:
        return client.close_code
    raise AssertionError(f"a notice without a change: {surplus!r}")


async def main(reply_url, notify_url, path):
    round_trip = await converse(reply_url)
    client, delay = await receive_notices(notify_url, path)
    talker = await websockets.connect(reply_url)
    print("ready", flush=True)
    codes = {await close_code_of(client), await close_code_of(talker)}
    check("end of the server", codes, {1001})
    library = f"websockets-{websockets.__version__}"
    notify_ms, reply_ms = delay * 1000, round_trip * 1000
    print(f"library={library} notify_ms={notify_ms:.1f} reply_ms={reply_ms:.2f}")


asyncio.run(asyncio.wait_for(main(*sys.argv[1:]), LONG_S))
