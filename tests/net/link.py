"""What really passes a link: packets seen and packets forged, below the kernel's IP."""

import socket

from packets import Packet

ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 0x0003, 0x0800, 0x86DD
SO_RCVBUFFORCE = 33


class Capture:
    """The IP packets on an interface from now on, without the kernels' housekeeping. What leaves is
    in it when the system call of the sender returns, what comes before anybody can receive it."""

    def __init__(self, namespace, interface):
        with namespace.entered():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
            self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
            self.socket.bind((interface, ETH_P_ALL))
        self.socket.setblocking(False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def take(self):
        """(packets that came, packets that left) since the last call. No test means to have many: if
        they do not end, somebody feeds them."""
        came, left = [], []
        for _ in range(10000):
            try:
                data, (_, protocol, direction, *_) = self.socket.recvfrom(1 << 16)
            except BlockingIOError:
                return came, left
            if protocol not in (ETH_P_IP, ETH_P_IPV6) or Packet(data).is_housekeeping():
                continue
            (left if direction == socket.PACKET_OUTGOING else came).append(Packet(data))
        raise AssertionError("packets without end")


class Forger:
    """Sends IP packets over a link as they are, whatever they claim."""

    def __init__(self, namespace, interface, receiver):
        self.interface = interface
        self.receiver = bytes.fromhex(receiver.links()[interface]["address"].replace(":", ""))
        with namespace.entered():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, packet):
        protocol = ETH_P_IPV6 if packet[0] >> 4 == 6 else ETH_P_IP
        self.socket.sendto(packet, (self.interface, protocol, 0, 0, self.receiver))
