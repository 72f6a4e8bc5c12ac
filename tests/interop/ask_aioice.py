"""aioice asks a STUN server and prints what it was told.

usage: ask_aioice.py gather|message LOCAL SERVER
       ask_aioice.py login LOCAL SERVER USERNAME PASSWORD

gather   as an ICE agent that gathers candidates
message  by its messages: with FINGERPRINT, and with an attribute that nobody knows
login    by its messages with short-term credentials: a Binding, and the connectivity check of an ICE agent"""

import asyncio
import json
import sys

from aioice import Connection, ice, stun

UNKNOWN = (0x7FFF, "UNKNOWN", stun.pack_unsigned, stun.unpack_unsigned)


async def gather(_local, server):
    connection = Connection(ice_controlling=True, stun_server=server)
    await connection.gather_candidates()
    told = [{"local": [one.related_address, one.related_port], "mapped": [one.host, one.port]}
            for one in connection.local_candidates if one.type == "srflx"]
    await connection.close()
    return told


def request():
    return stun.Message(stun.Method.BINDING, stun.Class.REQUEST)


def reads(data, key=None):
    try:
        return bool(stun.parse_message(data, key))
    except ValueError:
        return False


class Listening(ice.StunProtocol):
    """Keeps the bytes of the answers; there is no agent behind it that would want to hear of its end."""

    def __init__(self):
        super().__init__(None)
        self.answers = []

    def datagram_received(self, data, addr):
        self.answers.append(data)
        super().datagram_received(data, addr)

    def connection_lost(self, exc):
        pass


async def message(local, server):
    loop = asyncio.get_event_loop()
    transport, protocol = await loop.create_datagram_endpoint(Listening, local_addr=(local, 0))
    asked = request()
    asked.attributes["FINGERPRINT"] = stun.message_fingerprint(bytes(asked))
    answer, source = await protocol.request(asked, server)
    sound = protocol.answers[0]
    flawed = sound[:-1] + bytes([sound[-1] ^ 1])
    told = {"local": transport.get_extra_info("sockname")[:2], "mapped": answer.attributes["XOR-MAPPED-ADDRESS"],
            "from": source, "attributes": [*answer.attributes], "software": answer.attributes["SOFTWARE"],
            "reads": reads(sound), "reads_flawed": reads(flawed)}
    stun.ATTRIBUTES_BY_NAME["UNKNOWN"] = UNKNOWN
    asked = request()
    asked.attributes["UNKNOWN"] = 1
    try:
        await protocol.request(asked, server)
    except stun.TransactionFailed as error:
        told["code"] = error.response.attributes["ERROR-CODE"][0]
    transport.abort()
    return [told]


async def login(local, server, username, password):
    key = password.encode()
    loop = asyncio.get_event_loop()
    transport, protocol = await loop.create_datagram_endpoint(Listening, local_addr=(local, 0))
    asked, check = request(), request()
    asked.attributes["USERNAME"] = check.attributes["USERNAME"] = username
    check.attributes.update({"PRIORITY": 1, "ICE-CONTROLLING": 1, "USE-CANDIDATE": None})
    answer, _ = await protocol.request(asked, server, key)
    told = {"local": transport.get_extra_info("sockname")[:2], "mapped": answer.attributes["XOR-MAPPED-ADDRESS"]}
    try:
        await protocol.request(check, server, key)
    except stun.TransactionFailed as error:
        told["code"] = error.response.attributes["ERROR-CODE"][0]
    told["reads"] = [reads(one, key) for one in protocol.answers]
    told["reads_with_wrong_key"] = [reads(one, b"wrong") for one in protocol.answers]
    told["attributes"] = [[*stun.parse_message(one).attributes] for one in protocol.answers]
    transport.abort()
    return [told]


what, local_address, server_address, *credentials = sys.argv[1:]
ways = {"gather": gather, "message": message, "login": login}
print(json.dumps(asyncio.run(ways[what](local_address, (server_address, 3478), *credentials))))
