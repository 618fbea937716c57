"""Real TLS handshakes, both ends in this process (Python's ssl over memory), as the octets each side sends in turn."""
import pathlib
import ssl
import struct
import subprocess
import tempfile


def certificate(cn, sans):
    """A fresh self-signed key and certificate in one PEM file; returns its folder (keep it alive) and path."""
    folder = tempfile.TemporaryDirectory()
    key, crt, pem = (pathlib.Path(folder.name) / n for n in ("key", "crt", "pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/O=Example/CN=" + cn,
                    "-addext", "subjectAltName=" + ",".join("DNS:" + s for s in sans), "-keyout", key, "-out", crt],
                   check=True, capture_output=True)
    pem.write_bytes(key.read_bytes() + crt.read_bytes())
    return folder, pem


def handshake(name, pem, version, curve=None):
    """[(side, octets)] of a handshake for @name; side 0 is the client."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    server.minimum_version = server.maximum_version = version
    if curve:
        server.set_ecdh_curve(curve)
    pipes = (ssl.MemoryBIO(), ssl.MemoryBIO())  # to server, to client
    ends = [client.wrap_bio(pipes[1], pipes[0], server_hostname=name),
            server.wrap_bio(pipes[0], pipes[1], server_side=True)]
    turns, done = [], [False, False]
    while not all(done):
        for side in (0, 1):
            try:
                ends[side].do_handshake()
                done[side] = True
            except ssl.SSLWantReadError:
                pass
            data = pipes[side].read()
            if data:
                turns.append((side, data))
                pipes[side].write(data)
    ends[0].write(b"GET / HTTP/1.0\r\n\r\n")
    turns.append((0, pipes[0].read()))
    return turns


def rewrap(data, size):
    """The same handshake octets in records of at most @size octets."""
    out = b""
    while data:
        kind, version, length = struct.unpack("!BHH", data[:5])
        body, data = data[5:5 + length], data[5 + length:]
        step = size if kind == 22 else length
        for at in range(0, length, step):
            piece = body[at:at + step]
            out += struct.pack("!BHH", kind, version, len(piece)) + piece
    return out


def play(tcp, turns):
    for side, data in turns:
        tcp.say(side, data)
