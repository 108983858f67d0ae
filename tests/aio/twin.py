"""Runs the Python twins of the tests next to it: one program per line on stdin (a JSON string), its
output as one line on stdout (another).

The loop is CPython's own with its clock and its wait replaced. Time stands still while code runs and
jumps to the next deadline when nothing is ready, as in ours. So a twin takes no time, and none depends
on how busy the machine is.
"""

import asyncio
import contextlib
import gc
import io
import json
import logging
import sys
import warnings


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        super().__init__()
        self.virtual = 0.0
        self.poll = self._selector.select
        self._selector.select = self.jump

    def time(self):
        return self.virtual

    def jump(self, timeout):
        found = self.poll(0)
        if found or timeout == 0:
            return found
        if timeout is None:
            found = self.poll(2)  # another thread may have work for the loop
            if not found:
                raise RuntimeError("nothing is left to wait for")
            return found
        self.virtual += timeout
        return found


class Policy(asyncio.DefaultEventLoopPolicy):
    _loop_factory = VirtualLoop


def what(error):
    """How a coroutine ended, in the words of the tests."""
    if isinstance(error, asyncio.CancelledError):
        return "cancelled"
    if isinstance(error, asyncio.TimeoutError):
        return "timed out"
    if isinstance(error, asyncio.InvalidStateError):
        return "invalid state"
    if isinstance(error, BaseExceptionGroup):
        return "group(" + ", ".join(map(what, error.exceptions)) + ")"
    return str(error)


def show(value):
    if value is None:
        return "()"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(show, value)) + "]"
    if isinstance(value, BaseException):
        return what(value)
    return str(value)


async def ending(awaitable):
    """What comes of it, a result or an error."""
    try:
        return show(await awaitable)
    except BaseException as error:
        return what(error)


def fail(words):
    raise Exception(words)


def say(*values):
    print(*map(show, values))


PRELUDE = """
import socket
import threading
from asyncio import *
from asyncio import TaskGroup, timeout, timeout_at
from contextvars import ContextVar, copy_context
"""


def play(program):
    names = {"what": what, "show": show, "ending": ending, "fail": fail, "say": say}
    exec(PRELUDE, names)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(program, names)
            if asyncio.iscoroutinefunction(names["main"]):
                asyncio.run(names["main"]())
            else:
                names["main"]()
        except BaseException as error:
            say("main: " + what(error))
    names.clear()
    gc.collect()
    return " | ".join(printed.getvalue().splitlines())


logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
asyncio.set_event_loop_policy(Policy())
print(json.dumps(list(sys.version_info[:2])), flush=True)
for line in sys.stdin:
    print(json.dumps(play(json.loads(line))), flush=True)
