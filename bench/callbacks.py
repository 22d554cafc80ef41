"""Callbacks: WeCom callbacks a second, from the bare decryption up to a real `siyu serve` that has stored them.

Each is an encrypted "customer added" event as the sandbox writes it. In one process: the AES decryption alone, then
the whole of checking the signature, decrypting, reading the XML and making a touch, beside PyPI wechatpy (decrypted by
its crypto and read by xmltodict, no touch). Then 256 connections (a platform calls from many machines at once) post
them to one server process that answers when they are durable (`synchronous=FULL`) and recognised as people.
"""

import argparse
import asyncio
import base64
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import uvloop
import xmltodict
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from wechatpy.enterprise.crypto import WeChatCrypto

from siyu.app.workspace import open_workspace
from siyu.channels.wechat_crypto import key_of
from siyu.channels.wecom.callback import touches_from_callback
from siyu.dispatch.account import Account
from siyu.sandbox.courier import Parcel
from siyu.sandbox.sandbox import Sandbox
from siyu.stores.sql.accounts import SqlAccounts

SERVE = "import sys; sys.argv[0] = 'siyu'; from siyu.app.cli import main; main()"
SANDBOX = Sandbox(seed=1, platforms=("wecom",))
ACCOUNT: Account = SANDBOX.account("wecom")


def callbacks(first: int, count: int) -> list[Parcel]:
    """Write `count` different callbacks, signed now."""
    corp = SANDBOX.platform("wecom")
    return [
        corp.callback(
            "change_external_contact", "add_external_contact",
            UserID=f"staff{n % 50}", ExternalUserID=f"wm{n:030d}", State=f"code{n % 200}", WelcomeCode=f"{n:064x}",
        )
        for n in range(first, first + count)
    ]  # fmt: skip


def rates(runs: int, parcels: list[Parcel], *ways: Callable[[Parcel], object]) -> list[list[float]]:
    """Run every way over all callbacks, in turn, `runs` times; return callbacks a second."""
    found: list[list[float]] = [[] for _ in ways]
    for _ in range(runs):
        for way, kept in zip(ways, found, strict=True):
            began = time.perf_counter()
            for parcel in parcels:
                way(parcel)
            kept.append(len(parcels) / (time.perf_counter() - began))
    return found


def decrypting(parcels: list[Parcel]) -> Callable[[Parcel], object]:
    key = key_of(ACCOUNT.secrets["encoding_aes_key"])
    cipher = Cipher(AES(key), CBC(key[:16]))
    encrypted = {one.body: base64.b64decode(xmltodict.parse(one.body)["xml"]["Encrypt"]) for one in parcels}

    def decrypt(parcel: Parcel) -> object:
        decryptor = cipher.decryptor()
        return decryptor.update(encrypted[parcel.body]) + decryptor.finalize()

    return decrypt


def whole(parcel: Parcel) -> object:
    at_us = int(parcel.query["timestamp"]) * 1_000_000
    return touches_from_callback(ACCOUNT, query=parcel.query, body=parcel.body, received_at_us=at_us)


def wechatpy() -> Callable[[Parcel], object]:
    crypto = WeChatCrypto(ACCOUNT.secrets["callback_token"], ACCOUNT.secrets["encoding_aes_key"], ACCOUNT.account)

    def read(parcel: Parcel) -> object:
        query = parcel.query
        plain = crypto.decrypt_message(parcel.body, query["msg_signature"], query["timestamp"], query["nonce"])
        return xmltodict.parse(plain)

    return read


class Client(asyncio.Protocol):
    """One connection: posts the next callback as soon as the last is answered."""

    def __init__(self, left: list[bytes], waits: list[float], done: "asyncio.Future[None]") -> None:
        self.left, self.waits, self.done = left, waits, done
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.next()

    def next(self) -> None:
        if not self.left:
            self.transport.close()
            self.done.set_result(None)
            return
        self.sent = time.perf_counter()
        self.transport.write(self.left.pop())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.buffer.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(self.buffer.decode()))
            return
        if not self.buffer.endswith(b"success"):
            return
        self.buffer = b""
        self.waits.append(time.perf_counter() - self.sent)
        self.next()


async def post(port: int, built: list[bytes], connections: int) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    waits: list[float] = []
    count, ends = len(built), []
    began = time.perf_counter()
    for _ in range(connections):
        end: asyncio.Future[None] = loop.create_future()
        await loop.create_connection(lambda end=end: Client(built, waits, end), "127.0.0.1", port)
        ends.append(end)
    await asyncio.gather(*ends)
    took = time.perf_counter() - began
    waits.sort()
    return {
        "rate": count / took,
        "median_ms": 1000 * statistics.median(waits),
        "p99_ms": 1000 * waits[int(len(waits) * 0.99)],
    }


def request(parcel: Parcel) -> bytes:
    path = f"/callbacks/wecom/{ACCOUNT.account}?{urlencode(parcel.query)}"
    head = f"POST {path} HTTP/1.1\r\nHost: siyu\r\nContent-Type: text/xml\r\nContent-Length: {len(parcel.body)}\r\n\r\n"
    return head.encode() + parcel.body


def cpu_seconds(pid: int) -> float:
    """Return how much processor time a process has used (Linux; 0 elsewhere)."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def served(options: argparse.Namespace, folder: Path) -> list[dict[str, float]]:
    """Post everything to a real server, and make sure that all of it is in the store."""
    workspace = open_workspace(folder, create=True)
    with workspace.database.write() as connection:
        SqlAccounts(connection, workspace.vault).connect(ACCOUNT, now_us=0)
    workspace.close()
    command = [sys.executable, "-c", SERVE, "serve", "--workspace", str(folder), "--port", "0", "--no-console"]
    serve = subprocess.Popen(
        [*command, "--no-worker", "--json"], stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    said = []
    try:
        port = json.loads(serve.stdout.readline())["port"]
        for number in range(options.runs):
            # another process builds and posts them, as platforms do
            load = [sys.executable, __file__, "--load", str(port), str(number * options.callbacks)]
            more = ["--callbacks", str(options.callbacks), "--connections", str(options.connections)]
            before = cpu_seconds(serve.pid)
            one = json.loads(subprocess.check_output([*load, *more]))
            said.append(one | {"cpu_us": 1e6 * (cpu_seconds(serve.pid) - before) / options.callbacks})
    finally:
        serve.send_signal(signal.SIGTERM)
        serve.wait(30)
    (there,) = sqlite3.connect(folder / "siyu.db").execute("SELECT count(*) FROM touch WHERE kind = 1").fetchone()
    assert there == options.runs * options.callbacks, there
    return said


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--callbacks", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--load", nargs=2, metavar=("PORT", "FIRST"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        port, first = (int(one) for one in options.load)
        built = [request(one) for one in callbacks(first, options.callbacks)]
        print(json.dumps(uvloop.run(post(port, built, options.connections))))
        return
    parcels = callbacks(0, 5_000)
    bare, ours, theirs = rates(options.runs, parcels, decrypting(parcels), whole, wechatpy())
    folder = Path(tempfile.mkdtemp(prefix="siyu-bench-"))
    try:
        said = served(options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    peer = statistics.median(bare)
    durable = statistics.median(one["rate"] for one in said)
    print(f"{'':44}{'callbacks/s':>12}{'ratio':>8}")
    for name, rate in (
        ("decryption alone", peer),
        ("checked, decrypted, read, made a touch", statistics.median(ours)),
        ("wechatpy: checked, decrypted, read", statistics.median(theirs)),
        ("siyu serve: durable and recognised", durable),
    ):
        print(f"{name:44}{rate:12,.0f}{rate / peer:8.3f}")
    print(
        f"siyu serve: {statistics.median(one['cpu_us'] for one in said):.0f} us of processor time a callback,"
        f" whatever else the machine does; median {statistics.median(one['median_ms'] for one in said):.0f} ms,"
        f" p99 {statistics.median(one['p99_ms'] for one in said):.0f} ms at {options.connections} connections;"
        f" runs: {', '.join(format(one['rate'], ',.0f') for one in said)}; every touch found in the store"
    )


if __name__ == "__main__":
    main()
