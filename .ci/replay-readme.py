#!/usr/bin/env python3
"""Replays the README's first session and compares what it prints, line by line.

usage: replay-readme.py README DIRECTORY_OF_GEARSHIFT

The session is the block marked ```console under the heading "First session". A line that begins
with `$ ` is a command, typed into one shell in an empty directory; one that ends in ` &` is left
running. The other lines are the output, of the command above or of one that still runs. Only
standard output counts, because the log contains times.
"""

import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

# How long a person takes to type. A program that was left running starts meanwhile; it may print
# nothing that shows when it is ready.
TYPING_S = 0.5
# No correct line takes this long.
LONG_S = 10
DONE = re.compile(r"-- command (\d+) ended with (\d+) --")


def session(readme):
    """Pairs of a command and the lines printed after it."""
    heading = r"^#+ First session\s*$"
    block = re.search(heading + r".*?^```console\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    if not block:
        sys.exit('no ```console block under the heading "First session"')
    steps = []
    for line in block[1].splitlines():
        if line.startswith("$ "):
            steps.append((line[2:].rstrip(), []))
        elif not steps:
            sys.exit(f"the session begins with output: {line}")
        else:
            steps[-1][1].append(line)
    return steps


class Shell:
    """One shell, its output as a queue of lines, and the ends of its commands as another."""

    def __init__(self, directory, binaries, log):
        read, self.write = os.pipe()
        path = f"{os.path.abspath(binaries)}{os.pathsep}{os.environ['PATH']}"
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=directory,
            env={**os.environ, "PATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=[self.write],
            start_new_session=True,
            text=True,
        )
        self.printed = lines_of(self.process.stdout)
        self.ended = lines_of(os.fdopen(read))

    def type(self, number, command):
        """Runs a command; waits for its end unless it is left running. Returns its exit code."""
        # The command must neither read what is typed next nor keep our pipe open.
        redirections = f"</dev/null {self.write}>&-"
        report = f'echo "-- command {number} ended with $? --" >&{self.write}'
        self.process.stdin.write(f"{{ {command}\n}} {redirections}\n{report}\n")
        self.process.stdin.flush()
        try:
            return int(DONE.fullmatch(self.ended.get(timeout=LONG_S))[2])
        except queue.Empty:
            sys.exit(f"still running after {LONG_S} s: {command}")

    def stop(self):
        """Ends the shell and everything that it left running, as closing its terminal does."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.stdin.close()
        os.close(self.write)
        try:
            self.process.wait(LONG_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


def lines_of(stream):
    """A queue of the lines of a stream; `None` is its end."""
    lines = queue.Queue()

    def read():
        for line in stream:
            lines.put(line.removesuffix("\n"))
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def replay(steps, shell):
    """The first difference from what is written, as a sentence; `None` if there is none."""
    for number, (command, expected) in enumerate(steps):
        time.sleep(TYPING_S)
        print(f"$ {command}", flush=True)
        code = shell.type(number, command)
        for line in expected:
            try:
                printed = shell.printed.get(timeout=LONG_S)
            except queue.Empty:
                return f"after `{command}`: nothing printed instead of {line!r}"
            print(printed, flush=True)
            if printed != line:
                return f"after `{command}`: {printed!r} instead of {line!r}"
        if code != 0:
            return f"`{command}` ended with {code}"
    time.sleep(TYPING_S)
    if not shell.printed.empty():
        return f"after the last command: {shell.printed.get()!r}"
    return None


def main(readme, binaries):
    with open(readme, encoding="utf-8") as file:
        steps = session(file.read())
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryFile("w+") as log:
        shell = Shell(directory, binaries, log)
        try:
            difference = replay(steps, shell)
        finally:
            shell.stop()
        if difference:
            log.seek(0)
            sys.exit(f"{difference}\n-- standard error:\n{log.read()}")
    print(f"{len(steps)} commands, all as written")


if __name__ == "__main__":
    main(*sys.argv[1:])
