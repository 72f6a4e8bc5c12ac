"""A page in a browser behind a NAT gathers candidates for a real RTCPeerConnection, with srflxd as its
STUN server: the server-reflexive candidate is the NAT's public endpoint."""

import contextlib
import http.server
import json
import pathlib
import queue
import re
import subprocess
import threading
import urllib.parse

import pytest

from internet import PORT, TLS_PORT
from programs import needed

PAGE = (pathlib.Path(__file__).parent / "page.html").read_bytes()
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
           "--disable-features=WebRtcHideLocalIpsWithMdns"]
CANDIDATE = re.compile(r"candidate:\S+ 1 udp \d+ (?P<address>\S+) (?P<port>\d+) typ srflx"
                       r" raddr (?P<local_address>\S+) rport (?P<local_port>\d+) .*")


@contextlib.contextmanager
def web_server(namespace):
    """(port, what pages have sent) of a server of the page on the loopback of the namespace."""
    sent = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def reply(self, status, body=b""):
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.reply(200, PAGE) if self.path == "/" else self.reply(404)

        def do_POST(self):
            sent.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.reply(204)

        def log_message(self, *_):
            pass

    with namespace.entered():
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, sent
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def chromium(namespace, profile, url):
    """The browser with the page, in a namespace of processes of its own, so that none of them is left."""
    alone = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    command = [*alone, needed("chromium", "chromium"), *OPTIONS, f"--user-data-dir={profile}", url]
    with subprocess.Popen(namespace.command(*command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def bracketed(address):
    return f"[{address}]" if ":" in address else address


def told(internet, profile, target):
    """What the page says of this server: candidates, or the name of an error."""
    with web_server(internet.home) as (port, sent):
        with chromium(internet.home, profile, f"http://127.0.0.1:{port}/#{urllib.parse.quote(target)}"):
            return sent.get(timeout=120)


def check_candidate(internet, family, candidates):
    """There is one server-reflexive candidate, and it is right."""
    (found,) = filter(None, map(CANDIDATE.fullmatch, candidates))
    assert found["local_address"] == family.home
    mapped = internet.mappings()[family.home, int(found["local_port"])]
    assert (found["address"], int(found["port"])) == mapped
    assert found["address"] == family.public


@pytest.mark.usefixtures("srflxd")
def test_server_reflexive_candidate(internet, family, lossy, tmp_path, agreed):
    if lossy:
        internet.lose()
    check_candidate(internet, family, told(internet, tmp_path, f"stun:{bracketed(family.server)}:{PORT}"))
    if lossy:
        assert min(internet.lost()) > 0
    agreed("Chromium, RTCPeerConnection", "srflxd", "srflx candidate", family, lossy)


# spec: R8489-8.1-07
@pytest.mark.usefixtures("secure_srflxd")
def test_candidate_of_a_stuns_url(internet, family, tmp_path, agreed):
    """It sends plain UDP to that port."""
    check_candidate(internet, family, told(internet, tmp_path, f"stuns:{bracketed(family.server)}:{TLS_PORT}"))
    requests = internet.inside.requests()
    assert {(one.destination[1], one.payload[:8]) for one in requests} == {
        (TLS_PORT, bytes.fromhex("000100002112a442"))}
    assert not internet.inside.openings()
    agreed("Chromium, RTCPeerConnection", "srflxd", "srflx candidate of stuns:, by plain UDP", family)


def test_urls_that_it_refuses(internet, family, tmp_path, agreed):
    """RFC 7064 knows no transport, so that it asks no STUN server over TCP."""
    for scheme, port in ("stun", PORT), ("stuns", TLS_PORT):
        target = f"{scheme}:{bracketed(family.server)}:{port}?transport=tcp"
        assert told(internet, tmp_path / scheme, target) == "SyntaxError"
    agreed("Chromium, RTCPeerConnection", "srflxd", "stun: and stuns: with ?transport=tcp", family,
           result="no such URL")
