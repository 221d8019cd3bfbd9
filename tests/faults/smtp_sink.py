"""A mail server on loopback that writes down every mail before it says 250: `python -m tests.faults.smtp_sink JOURNAL [--refused 0.01] …`.

Prints its port. Some mails it refuses for now or for good, some it takes and then never answers, or hangs up instead of answering.
"""

import argparse
import asyncio
import random
import socket
import struct
import sys
from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path

from tests.faults.journal import Journal

LINE_END = "\r\n"
MOST_BYTES = 10_000_000


class Hangup(Exception):
    """The connection ends without a further word."""


class Sink:
    def __init__(self, options: argparse.Namespace) -> None:
        self.journal = Journal(options.journal)
        self.chance = random.Random(options.seed)
        self.refused, self.unanswered, self.sync = options.refused, options.unanswered, not options.no_fsync

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.journal.write(sync=False, event="connected")
        try:
            await self._converse(reader, writer)
        except (OSError, Hangup, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await say(writer, "220 sink")
        recipient = ""
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0].lower()
                await say(writer, self._at_recipient())
            elif word == b"DATA":
                await say(writer, "354 go on")
                await self._take(reader, writer, recipient)
            elif word == b"QUIT":
                await say(writer, "221 bye")
                return
            else:
                await say(writer, "250 ok")

    def _at_recipient(self) -> str:
        """A third of the refusals come here, where nothing of the mail has gone out."""
        if self.chance.random() < self.refused / 3:
            return self._refusal()
        return "250 ok"

    def _refusal(self) -> str:
        return self.chance.choice(["421 4.3.2 busy", "451 4.3.0 not now", "452 4.2.2 full", "550 5.7.1 not from you", "554 5.3.0 no"])

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, recipient: str) -> None:
        content = await reader.readuntil(b"\r\n.\r\n")
        name = str(BytesHeaderParser(policy=default).parsebytes(content)["Message-ID"] or "").strip()
        if self.chance.random() < self.refused * 2 / 3:
            self.journal.write(sync=False, event="refused", id=name, to=recipient)
            await say(writer, self._refusal())
            return
        is_answered = self.chance.random() >= self.unanswered
        self.journal.write(sync=self.sync, event="taken", id=name, to=recipient, answered=is_answered)
        if not is_answered:
            await self._leave_open(reader, writer)
        await say(writer, "250 taken")

    async def _leave_open(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Taken, but nobody is told: silence until the other side gives up, or a reset."""
        if self.chance.random() < 0.5:
            await reader.read(MOST_BYTES)
            raise Hangup
        plug: socket.socket = writer.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Hangup


async def say(writer: asyncio.StreamWriter, words: str) -> None:
    writer.write((words + LINE_END).encode())
    await writer.drain()


async def serve(options: argparse.Namespace) -> None:
    sink = Sink(options)
    server = await asyncio.start_server(sink.talk, "127.0.0.1", 0, limit=MOST_BYTES)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def options_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="smtp_sink", description=__doc__)
    parser.add_argument("journal", type=Path)
    parser.add_argument("--refused", type=float, default=0.0)
    parser.add_argument("--unanswered", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-fsync", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    try:
        asyncio.run(serve(options_of(sys.argv[1:])))
    except KeyboardInterrupt:
        sys.exit(130)
