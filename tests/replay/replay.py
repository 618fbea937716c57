#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run .rpl cases: a real engine, a script, and a peer on loopback that plays a part.

    replay.py RUNNER REPOSITORY CASE.rpl...

A case is a text file of sections, each line "word rest":

    script FILE-OR-NAME      relative names with a slash are taken beside the case
    args TEXT                as --script-args
    run OPTIONS              further options of the runner (-d, -t, -T 1 ...)
    data DIR                 a data folder instead of the repository's own
    peer tcp|udp|tls         the part played on each connection (or datagram), then its lines:
      send "TEXT"            Python string escapes
      expect "TEXT"          read until TEXT came
      wait SECONDS           keep silent
      reset                  close with RST
      starttls               become a TLS server; the certificate is made for the run (CN replay.test)
    output                   what must be printed, line by line, to the end of the file; {port} is the
                             peer's port; a line ~REGEX matches as a regular expression; "..." skips any lines

The peer closes at the end of its part. Exit 0 when every case printed what it should.
"""
import ast
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading


class Case:
    def __init__(self, path):
        self.path = path
        self.script = None
        self.args = None
        self.run = []
        self.data = None
        self.peer = None
        self.steps = []
        self.output = []
        self.parse()

    def parse(self):
        in_output = False
        with open(self.path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.rstrip("\n")
                if in_output:
                    self.output.append(line)
                    continue
                word, _, rest = line.strip().partition(" ")
                if not word or word.startswith("#"):
                    continue
                if word == "output":
                    in_output = True
                elif word == "script":
                    self.script = rest
                elif word == "args":
                    self.args = rest
                elif word == "run":
                    self.run += rest.split()
                elif word == "data":
                    self.data = rest
                elif word == "peer":
                    self.peer = rest
                elif word in ("send", "expect", "wait", "reset", "starttls"):
                    self.steps.append((word, rest))
                else:
                    raise SystemExit(f"{self.path}:{number}: unknown word {word}")


def octets(text):
    return ast.literal_eval("b" + text)


def server_context():
    folder = tempfile.mkdtemp()
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=replay.test",
         "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    shutil.rmtree(folder)
    return context


def play(connection, steps, context):
    heard = b""
    for word, rest in steps:
        if word == "starttls":
            connection.settimeout(10)
            connection = context.wrap_socket(connection, server_side=True)
        elif word == "send":
            connection.sendall(octets(rest))
        elif word == "wait":
            connection.settimeout(float(rest))
            try:
                while connection.recv(4096):
                    pass
            except (socket.timeout, ConnectionError):
                pass
        elif word == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            wanted = octets(rest)
            connection.settimeout(10)
            while wanted not in heard:
                piece = connection.recv(4096)
                if not piece:
                    break
                heard += piece
            heard = heard[heard.find(wanted) + len(wanted):]


def serve_tcp(listener, steps, context):
    def one(connection):
        with connection:
            try:
                play(connection, steps, context)
            except OSError:
                pass

    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=one, args=(connection,), daemon=True).start()


def serve_udp(sock, steps, _):
    while True:
        try:
            _, sender = sock.recvfrom(65536)
            for word, rest in steps:
                if word == "send":
                    sock.sendto(octets(rest), sender)
        except OSError:
            return


def start_peer(case):
    if case.peer is None:
        return None
    kind = socket.SOCK_DGRAM if case.peer == "udp" else socket.SOCK_STREAM
    sock = socket.socket(socket.AF_INET, kind)
    sock.bind(("127.0.0.1", 0))
    if case.peer == "udp":
        target = serve_udp
    else:
        sock.listen(128)
        target = serve_tcp
    steps = [("starttls", ""), *case.steps] if case.peer == "tls" else case.steps
    needs_tls = any(word == "starttls" for word, _ in steps)
    context = server_context() if needs_tls else None
    threading.Thread(target=target, args=(sock, steps, context), daemon=True).start()
    return sock


def line_matches(wanted, got):
    if wanted.startswith("~"):
        return re.fullmatch(wanted[1:], got) is not None
    return wanted == got


def matches(wanted, got):
    if not wanted:
        return not got
    if wanted[0] == "...":
        return any(matches(wanted[1:], got[i:]) for i in range(len(got) + 1))
    return bool(got) and line_matches(wanted[0], got[0]) and matches(wanted[1:], got[1:])


def run(runner, repository, path):
    case = Case(path)
    sock = start_peer(case)
    port = sock.getsockname()[1] if sock else None
    script = case.script
    if "/" in script:
        script = os.path.join(os.path.dirname(os.path.abspath(path)), script)
    command = [runner, "-D", case.data or repository, "-s", script, *case.run]
    if case.args:
        command += ["-a", case.args]
    command.append("127.0.0.1")
    if port:
        command.append(f"{port}/udp" if case.peer == "udp" else str(port))
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    if sock:
        sock.close()
    got = done.stdout.decode("latin-1").splitlines()
    wanted = [line.replace("{port}", str(port)) for line in case.output]
    if matches(wanted, got) and b"Sanitizer" not in done.stderr and done.returncode >= 0:
        return True
    print(f"{path}: unexpected output (exit {done.returncode})")
    print("wanted:", *wanted, "got:", *got, done.stderr.decode("latin-1"), sep="\n  ")
    return False


def main():
    runner, repository, *cases = sys.argv[1:]
    failed = [case for case in cases if not run(runner, repository, case)]
    print(f"{len(cases) - len(failed)} cases passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
