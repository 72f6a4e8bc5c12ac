"""Certificates for servers, made anew for each test."""

import base64
import datetime
import hashlib
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


class Certificate:
    """A pair with these names, signed by `issuer` or by itself; `begin` and `end` in days from now. One without a dot in
    its name may issue others."""

    def __init__(self, *names, begin=-1, end=30, kind="ecdsa", issuer=None):
        self.key = ec.generate_private_key(ec.SECP256R1()) if kind == "ecdsa" else rsa.generate_private_key(65537, 2048)
        now = datetime.datetime.utcnow()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        issuer = issuer or self
        self.subject = subject
        self.certificate = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer.subject).public_key(self.key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now + begin * DAY)
            .not_valid_after(now + end * DAY)
            .add_extension(x509.SubjectAlternativeName([general_name(name) for name in names]), False)
            .add_extension(x509.BasicConstraints("." not in names[0], None), True)
            .sign(issuer.key, hashes.SHA256()))
        self.der = self.certificate.public_bytes(serialization.Encoding.DER)
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        self.key_pem = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                              serialization.NoEncryption())

    @property
    def pin(self):
        """As --pin takes it."""
        info = self.key.public_key().public_bytes(serialization.Encoding.DER,
                                                  serialization.PublicFormat.SubjectPublicKeyInfo)
        return "sha256/" + base64.b64encode(hashlib.sha256(info).digest()).decode()

    def write(self, folder, name):
        """NAME.pem and NAME.key, each replaced as a whole."""
        replace(folder / f"{name}.key", self.key_pem)
        replace(folder / f"{name}.pem", self.pem)
        return self


def general_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def replace(path, data):
    fresh = pathlib.Path(f"{path}.new")
    fresh.write_bytes(data)
    fresh.chmod(0o600)
    fresh.rename(path)
