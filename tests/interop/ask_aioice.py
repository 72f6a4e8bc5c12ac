"""aioice asks a STUN server and prints what it was told.  usage: ask_aioice.py gather|message LOCAL SERVER

gather   as an ICE agent that gathers candidates
message  by its messages: with FINGERPRINT, and with an attribute that nobody knows"""

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


def reads(data):
    try:
        return bool(stun.parse_message(data))
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


what, local_address, server_address = sys.argv[1:]
print(json.dumps(asyncio.run({"gather": gather, "message": message}[what](local_address, (server_address, 3478)))))
