#!/usr/bin/python3
"""Runs the Python example of PROTOCOL.md against a socket that answers with the reply of its
exchange in hex. The example must send the request of that exchange, byte for byte, and print
what the document says.

usage: protocol_python.py PROTOCOL_MD
"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading


def block(document, marker):
    match = re.search(rf"<!-- {marker} -->\n\n```\w*\n(.*?)```", document, re.S)
    assert match, f"no code behind {marker}"
    return match.group(1)


def from_hex(text):
    return bytes.fromhex("".join(line.split(";")[0] for line in text.splitlines()))


def answer(listener, reply, received):
    """One connection, one request; the reply comes in two pieces, as it may."""
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(30)
        received.append(connection.recv(65536))
        connection.sendall(reply[:7])
        connection.sendall(reply[7:])
        connection.recv(1)


def main(path):
    document = pathlib.Path(path).read_text(encoding="utf-8")
    received = []
    with tempfile.TemporaryDirectory() as directory, \
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        name = os.path.join(directory, "sock")
        listener.bind(name)
        listener.listen(1)
        listener.settimeout(30)
        reply = from_hex(block(document, "exchange: reply"))
        thread = threading.Thread(target=answer, args=(listener, reply, received))
        thread.start()
        example = subprocess.run([sys.executable, "-c", block(document, "example: python")],
                                 env={**os.environ, "CONSENT_SOCKET": name}, timeout=60,
                                 capture_output=True, text=True, check=False)
        thread.join()
    assert example.returncode == 0, example.stderr
    assert received == [from_hex(block(document, "exchange: request"))], received
    assert example.stdout == block(document, "example: output"), example.stdout


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
