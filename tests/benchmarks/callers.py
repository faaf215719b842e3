"""Many people who talk to a bot's REST channel at once, in a process of their own.

    python -m tests.benchmarks.callers URL FILE PAUSE

FILE names sessions and what is said in them, as JSON; each goes over a connection of its own, and the next
message follows the answer, after as many seconds as PAUSE says on average. Writes JSON: of each session, for
each message, the status, the answer, the seconds until the answer.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

Heard = list[tuple[int, object, float]]


async def main(url: str, scripts: dict[str, list[str]], pause: float) -> dict[str, Heard]:
    said = await asyncio.gather(*(talk(url, session, texts, pause) for session, texts in scripts.items()))
    return dict(zip(scripts, said, strict=True))


async def talk(url: str, session: str, texts: list[str], pause: float) -> Heard:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    dice = random.Random(session)
    heard: Heard = []
    if pause:
        await asyncio.sleep(dice.uniform(0, 2 * pause))
    for text in texts:
        body = json.dumps({"sender": session, "message": text}).encode()
        head = (
            f"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        started = time.perf_counter()
        writer.write(head.encode() + body)
        status, answer = await answered(reader)
        heard.append((status, json.loads(answer), time.perf_counter() - started))
        if pause:
            await asyncio.sleep(dice.uniform(0, 2 * pause))
    writer.close()
    return heard


async def answered(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    status = int((await reader.readline()).split()[1])
    size = 0
    while line := (await reader.readline()).strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            size = int(value)
    return status, await reader.readexactly(size)


if __name__ == "__main__":
    told = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    print(json.dumps(asyncio.run(main(sys.argv[1], told, float(sys.argv[3])))))
