"""nginx and HAProxy stand before srflxd, and clients from behind a NAT learn their own public endpoint all the same."""

import contextlib
import socket
import subprocess
import time
from typing import Callable, NamedTuple

import pytest

from internet import FAMILIES, PORT, TLS_PORT
from programs import NAME, needed
from stun import COOKIE, REQUEST, message, success
from test_clients import only
from test_streams import OURS, at, check_told, s_client

NGINX = """
daemon off;
user root;
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
pid {folder}/pid;
error_log {folder}/log;
events {{ worker_connections 64; }}
stream {{
    proxy_protocol on;
{servers}}}
"""
HAPROXY = """
global
    maxconn 64
defaults
    mode tcp
    timeout connect 30s
    timeout client 30s
    timeout server 30s
{servers}"""


def nginx(folder, _pair):
    servers = "".join(f"    server {{ listen {at(family, port)}; proxy_pass 127.0.0.1:{port}; }}\n"
                      for family in FAMILIES for port in (PORT, TLS_PORT))
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, servers=servers), encoding="ascii")
    return needed("nginx", "nginx-light libnginx-mod-stream"), "-p", folder, "-c", folder / "nginx.conf"


def haproxy(folder, option, behind, tls=""):
    servers = "".join(f"listen of-{port}\n" + "".join(f"    bind {family.server}:{port} {tls if port == TLS_PORT else ''}\n"
                                                      for family in FAMILIES) +
                      f"    server srflxd 127.0.0.1:{behind[port]} {option}\n" for port in behind)
    (folder / "haproxy.conf").write_text(HAPROXY.format(servers=servers), encoding="ascii")
    return needed("haproxy", "haproxy"), "-q", "-db", "-f", folder / "haproxy.conf"


SAME = {PORT: PORT, TLS_PORT: TLS_PORT}


def haproxy_1(folder, _pair):
    return haproxy(folder, "send-proxy", SAME)


def haproxy_2(folder, _pair):
    return haproxy(folder, "send-proxy-v2", SAME)


def haproxy_tls(folder, pair):
    """It ends TLS itself, goes on over plain TCP, and tells of both."""
    both = folder / "both.pem"
    both.write_bytes(b"".join(path.read_bytes() for path in pair))
    option = "send-proxy-v2-ssl-cn proxy-v2-options crc32c,unique-id,authority"
    return haproxy(folder, option, {PORT: PORT, TLS_PORT: PORT}, f"ssl crt {both} alpn {OURS}")


class Proxy(NamedTuple):
    name: str
    command: Callable
    tls: str

    def __str__(self):
        return self.command.__name__


PASSES = "the client's address over TLS, passed through"
PROXIES = [Proxy("nginx, proxy_protocol (version 1)", nginx, PASSES),
           Proxy("HAProxy, send-proxy (version 1)", haproxy_1, PASSES),
           Proxy("HAProxy, send-proxy-v2", haproxy_2, PASSES),
           Proxy("HAProxy, send-proxy-v2-ssl-cn", haproxy_tls, "the client's address over TLS, ended by the proxy")]


def listens(namespace, family, port):
    with namespace.entered():
        probe = socket.socket(socket.AF_INET6 if ":" in family.server else socket.AF_INET, socket.SOCK_STREAM)
    with probe:
        return not probe.connect_ex((family.server, port))


@contextlib.contextmanager
def running_proxy(namespace, command):
    process = subprocess.Popen(namespace.command(*command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 60
        while not all(listens(namespace, family, port) for family in FAMILIES for port in (PORT, TLS_PORT)):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < end, f"{command} does not listen"
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture(name="proxy", params=PROXIES, ids=str)
def proxy_fixture(request, internet, serve, pair, tmp_path):
    """The proxy on the public addresses, and srflxd, which believes it, on loopback."""
    server = serve(internet.away, "--workers=1", "--listen=127.0.0.1", "--proxy-from=127.0.0.1", "--certificate",
                   pair[0], "--certificate-key", pair[1])
    server.until_ready()
    with running_proxy(internet.away, request.param.command(tmp_path, pair)):
        yield request.param


def test_tcp(proxy, internet, family, agreed):
    with internet.connect(family) as client:
        mapped = internet.connections()[client.getsockname()[:2]]
        assert mapped[0] == family.public
        for number in range(3):
            request = message(REQUEST, COOKIE + bytes([number]) * 12)
            want = success(request, mapped)
            client.sendall(request)
            assert client.recv(2048) == want
    agreed(proxy.name, "srflxd", "the client's address over TCP", family)


def test_tls(proxy, internet, family, pair, agreed):
    check_told(internet, family, s_client(family, pair, "-quiet", "-alpn", OURS, "-verify_hostname", NAME))
    assert only(internet.connections().values())[0] == family.public
    agreed(proxy.name, "srflxd", proxy.tls, family)
