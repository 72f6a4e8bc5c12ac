"""libnice asks a STUN server and prints what it was told.  usage: ask_libnice.py gather|message MODE SERVER [tcp]

gather   as an ICE agent in that mode of compatibility
message  by its STUN messages in that mode: with FINGERPRINT, and with an attribute that nobody knows"""

import ctypes
import ipaddress
import json
import socket
import struct
import sys

import gi

gi.require_version("Nice", "0.1")
from gi.repository import GLib, Nice  # noqa: E402 - the version comes first

LIBRARY = ctypes.CDLL("libnice.so.10")
RECEIVED = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint, ctypes.c_uint,
                            ctypes.c_void_p, ctypes.c_void_p)
MODES = {"RFC3489": 0, "RFC5389": 1}
USE_FINGERPRINT, ADD_SOFTWARE, IGNORE_CREDENTIALS = 1 << 2, 1 << 3, 1 << 4
BINDING, OK = 1, 0
XOR_MAPPED_ADDRESS, SOFTWARE = 0x0020, 0x8022


def attach_recv(agent, stream, callback):
    """Introspection leaves this call out, and without it an agent does not listen to answers."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    attach = LIBRARY.nice_agent_attach_recv
    attach.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, RECEIVED, ctypes.c_void_p]
    assert attach(pointer(agent.__gpointer__, None), stream, 1, None, callback, None)


def gather(mode, server):
    loop = GLib.MainLoop()
    agent = Nice.Agent.new(loop.get_context(), getattr(Nice.Compatibility, mode))
    for name, value in {"stun-server": server, "stun-server-port": 3478, "upnp": False, "ice-tcp": False}.items():
        agent.set_property(name, value)
    stream, callback = agent.add_stream(1), RECEIVED(lambda *_: None)
    attach_recv(agent, stream, callback)
    agent.connect("candidate-gathering-done", lambda *_: loop.quit())
    assert agent.gather_candidates(stream)
    loop.run()
    return [{"mapped": [one.addr.dup_string(), one.addr.get_port()]}
            for one in agent.get_local_candidates(stream, 1) if one.type == Nice.CandidateType.SERVER_REFLEXIVE]


def read_sockaddr(data):
    family, port = struct.unpack_from("=H", data)[0], struct.unpack_from("!H", data, 2)[0]
    packed = data[4:8] if family == socket.AF_INET else data[8:24]
    return [str(ipaddress.ip_address(packed)), port]


class Talk:
    """A socket and libnice's view of what goes through it. Its structures are no business of ours, so
    they are memory of more than enough size."""

    def __init__(self, mode, server, *tcp):
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
        self.socket.settimeout(30)
        self.socket.connect((server, 3478))
        self.known = (ctypes.c_uint16 * 5)(0x0001, 0x0009, 0x000A, XOR_MAPPED_ADDRESS, 0)
        self.agent, self.message = ctypes.create_string_buffer(1 << 16), ctypes.create_string_buffer(1 << 12)
        self.buffer = ctypes.create_string_buffer(1 << 12)
        usage = USE_FINGERPRINT | ADD_SOFTWARE | IGNORE_CREDENTIALS
        LIBRARY.stun_agent_init(self.agent, self.known, MODES[mode], usage)

    def validate(self, data):
        self.buffer.raw = data.ljust(1 << 12, b"\0")
        size = ctypes.c_size_t(len(data))
        return LIBRARY.stun_agent_validate(self.agent, self.message, self.buffer, size, None, None)

    def ask(self, *flags):
        """The bytes of the answer."""
        size = ctypes.c_size_t(1 << 12)
        assert LIBRARY.stun_agent_init_request(self.agent, self.message, self.buffer, size, BINDING)
        for flag in flags:
            assert LIBRARY.stun_message_append_flag(self.message, flag) == OK
        LIBRARY.stun_agent_finish_message.restype = ctypes.c_size_t
        length = LIBRARY.stun_agent_finish_message(self.agent, self.message, None, ctypes.c_size_t(0))
        self.socket.send(self.buffer.raw[:length])
        return self.socket.recv(2048)

    def mapped(self):
        address, length = ctypes.create_string_buffer(128), ctypes.c_uint(128)
        assert LIBRARY.stun_message_find_xor_addr(self.message, XOR_MAPPED_ADDRESS, address, ctypes.byref(length)) == OK
        return read_sockaddr(address.raw)

    def software(self):
        text = ctypes.create_string_buffer(1 << 10)
        assert LIBRARY.stun_message_find_string(self.message, SOFTWARE, text, ctypes.c_size_t(len(text))) == OK
        return text.value.decode()

    def code(self):
        code = ctypes.c_int()
        assert LIBRARY.stun_message_find_error(self.message, ctypes.byref(code)) == OK
        return code.value


def is_whole(data):
    """Whether its length is that of one message in a stream: all of it, and not less."""
    length = LIBRARY.stun_message_validate_buffer_length
    sizes = [length(data[:count], ctypes.c_size_t(count), True) for count in (len(data), len(data) - 1)]
    return sizes[0] == len(data) and sizes[1] <= 0


def message(mode, server, *tcp):
    talk = Talk(mode, server, *tcp)
    answer = talk.ask()
    flawed = answer[:-1] + bytes([answer[-1] ^ 1])
    told = {"local": talk.socket.getsockname()[:2], "validate_flawed": talk.validate(flawed)}
    told.update(whole=is_whole(answer), validate=talk.validate(answer), mapped=talk.mapped(), software=None if tcp else talk.software())
    refusal = talk.ask(0x7FFF)
    told.update(validate_refusal=talk.validate(refusal), code=talk.code())
    return [told]


what, *words = sys.argv[1:]
print(json.dumps({"gather": gather, "message": message}[what](*words)))
