"""What is asked of every server."""

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
