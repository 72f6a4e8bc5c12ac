"""Servers over TCP and TLS that behave as no real one would on demand."""

import socket
import ssl
import threading

from stun import success


def receive(connection):
    """One request, b"" when there is none any more."""
    data = b""
    while len(data) < 20:
        more = connection.recv(20 - len(data))
        if not more:
            return b""
        data += more
    return data


class StreamServer:
    """Hands each connection to `script(connection, number)`, a thread for each; `number` counts from 1. With a
    certificate, written as NAME.pem and NAME.key, it speaks TLS."""

    def __init__(self, script, host="127.0.0.1", port=0, pair=None):
        self.script, self.context = script, None
        if pair:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(f"{pair}.pem", f"{pair}.key")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.create_server((host, port), family=family)
        self.host, self.port = self.socket.getsockname()[:2]
        self.count, self.failures = 0, []
        self.threads = [threading.Thread(target=self.serve)]

    def __enter__(self):
        self.threads[0].start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()
        self.socket.close()

    def __str__(self):
        return f"{self.host}:{self.port}"

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.count += 1
            self.threads.append(threading.Thread(target=self.converse, args=(connection, self.count)))
            self.threads[-1].start()

    def converse(self, connection, number):
        connection.settimeout(20)
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                self.script(connection, number)
        except OSError as error:
            self.failures.append(error)


def good(connection, _number):
    while request := receive(connection):
        connection.sendall(success(request, connection.getpeername()))


def silent(connection, _number):
    while connection.recv(2048):
        pass
