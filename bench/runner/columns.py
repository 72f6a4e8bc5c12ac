"""What is asked of every server, over UDP and in streams."""

import dataclasses

HALF = "half"


@dataclasses.dataclass(frozen=True)
class Column:
    name: str
    network: str
    clients: str = "known"  # or "new": another address with every request
    workers: int = 1
    load: object = None     # None: the next request leaves when an answer came; requests a second; HALF
                            # of the rate that the server's first column over this network reached

    @property
    def is_cost(self):
        return self.load is None

    @property
    def title(self):
        if self.load == HALF:
            return f"{self.network}, half load"
        if self.load:
            return f"{self.network}, {self.load:,} requests/s"
        workers = f", {self.workers} workers" if self.workers > 1 else ""
        return f"{self.network}, {self.clients} clients{workers}"


def over(network):
    return [
        Column(f"{network}-known", network),
        Column(f"{network}-new", network, clients="new"),
        Column(f"{network}-known-2", network, workers=2),
        Column(f"{network}-new-2", network, clients="new", workers=2),
        Column(f"{network}-half", network, load=HALF),
    ]


# Loss only where the server's core pays for what it receives.
COLUMNS = {column.name: column for column in (
    *over("loopback"), *over("veth"),
    *(Column(f"veth-{rate // 1000}k", "veth", load=rate) for rate in (50000, 100000, 150000)))}


@dataclasses.dataclass(frozen=True)
class Stream:
    """A load of bench/streamload."""
    name: str
    title: str
    load: str
    connections: int
    window: int = 1

    @property
    def is_memory(self):
        return self.load.endswith("idle")

    @property
    def is_secure(self):
        return "tls" in self.load


# The marks are for 24 requests at once: there the smallest server takes a fifth of coturn's CPU, as where the
# marks come from. With 8 it takes two fifths, with 64 a fourteenth.
STREAMS = {stream.name: stream for stream in (
    Stream("tcp-pipelined", "TCP, an answer, 24 pipelined", "pipelined", 16, window=24),
    Stream("tcp-pipelined-64", "TCP, an answer, 64 pipelined", "pipelined", 16, window=64),
    Stream("tcp-connections", "TCP, a connection with one request", "connections", 32),
    Stream("tls-connections", "TLS, a connection with handshake and one request", "tls-connections", 16),
    Stream("dtls-connections", "DTLS, a connection with handshake and one request", "dtls-connections", 16),
    Stream("tcp-idle", "TCP, an idle connection", "idle", 10000),
    Stream("tls-idle", "TLS, an idle connection", "tls-idle", 2000))}
