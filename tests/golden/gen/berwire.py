"""BER elements for the golden captures of SNMP, LDAP and Kerberos."""


def ber(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 128:
        return bytes([tag, n]) + body
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def integer(value, tag=2):
    return ber(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(data, tag=4):
    return ber(tag, data.encode() if isinstance(data, str) else data)


def sequence(*parts):
    return ber(0x30, *parts)
