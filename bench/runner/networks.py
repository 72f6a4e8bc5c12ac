"""The two networks that servers are measured over.

Over loopback the sender does the receiver's work too, up to the socket: the generator pays for the
server's receive path, and the server for the generator's. Over veth each side pays for what it
receives, as with a network card: a kernel thread of its own, pinned to its CPU, takes the packets in
(threaded NAPI). Its time is counted with the server's."""

import os
import pathlib
import shutil
import subprocess

from failure import Failure

# The kernel thread that found nothing looks again after so long by itself, so that a sender never has
# to wake it: on a virtual machine, a wake-up of another CPU costs more than the answer.
LOOK_AGAIN_NS = 100000
IDLE_LOOKS = 1000000

SET_UP = """
set -eu
mount -t sysfs sysfs /sys
echo
read -r device address
ip link set lo up
for each in $address; do ip address add "$each" dev "$device"; done
# Only frames that cannot be segments of TCP go through NAPI, and only where GRO is on.
ethtool -K "$device" gro on tso off
echo "$1" >"/sys/class/net/$device/gro_flush_timeout"
echo "$2" >"/sys/class/net/$device/napi_defer_hard_irqs"
ip link set "$device" up
echo 1 >"/sys/class/net/$device/threaded"
echo
exec cat
"""


class Loopback:
    name = "loopback"
    address, second_address = "127.0.0.1", "127.0.0.2"
    new_clients = "127.128.0.0/9"
    inside_server = inside_client = ()
    receivers = ()

    def __init__(self, server_cpu, client_cpu):
        del server_cpu, client_cpu

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Namespace:
    """A network namespace without a name: it goes when its holder goes, and that when its input ends."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-c", SET_UP, "sh",
                                        str(LOOK_AGAIN_NS), str(IDLE_LOOKS)],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
        self.wait()
        self.enter = ("nsenter", "--target", str(self.holder.pid), "--net")

    def wait(self):
        if not self.holder.stdout.readline():
            raise Failure(f"no network of our own can be made:\n{self.holder.stderr.read().strip()}")

    def set_up(self, device, *addresses):
        print(device, *addresses, file=self.holder.stdin, flush=True)
        self.wait()

    def run(self, words):
        subprocess.run([*self.enter, *words.split()], check=True)

    def remove(self):
        self.holder.communicate()


class Veth:
    name = "veth"
    address, second_address = "10.77.0.2", "10.77.0.3"
    new_clients = "10.128.0.0/9"

    def __init__(self, server_cpu, client_cpu):
        self.cpus = {"s": server_cpu, "c": client_cpu}
        self.server = self.client = None

    def __enter__(self):
        try:
            self.make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def make(self):
        self.server, self.client = Namespace(), Namespace()
        self.inside_server, self.inside_client = self.server.enter, self.client.enter
        ends = {side: f"{side}{os.getpid()}" for side in self.cpus}
        self.client.run(f"ip link add {ends['c']} type veth "
                        f"peer name {ends['s']} netns {self.server.holder.pid}")
        self.server.set_up(ends["s"], f"{self.address}/24", f"{self.second_address}/24")
        self.client.set_up(ends["c"], "10.77.0.1/24")
        # The client owns every address of the prefix, and the server knows the way to them.
        self.client.run(f"ip route add local {self.new_clients} dev lo")
        self.server.run(f"ip route add {self.new_clients} via 10.77.0.1")
        for side, cpu in self.cpus.items():
            pin_receiver(receiver(ends[side]), cpu)
        self.receivers = (receiver(ends["s"]),)

    def __exit__(self, *_):
        for namespace in filter(None, (self.server, self.client)):
            namespace.remove()


def pin_receiver(thread, cpu):
    """To its CPU, and before every process there, as an interrupt would be: a generator that never sleeps
    would keep it waiting until its ring of 256 packets overflows."""
    subprocess.run(["taskset", "--pid", "--cpu-list", str(cpu), str(thread)], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["chrt", "--fifo", "--pid", "1", str(thread)], check=True)


def receiver(device):
    """The kernel thread that receives for a device."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "comm").read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        if name.startswith(f"napi/{device}-"):
            return int(folder.name)
    raise Failure(f"this kernel gave {device} no receiving thread (threaded NAPI, Linux 5.12)")


NETWORKS = {network.name: network for network in (Loopback, Veth)}


def why_not(name):
    """Why a network cannot be had here, None if it can."""
    if name == "veth" and not shutil.which("ethtool"):
        return "ethtool is not installed (Debian: apt-get install ethtool)"
    if name == "veth" and os.geteuid() != 0:
        return "network namespaces need root"
    return None
