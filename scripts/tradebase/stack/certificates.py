"""Certificates of the stack's servers: an authority of its own, one certificate each, rotated without a gap."""

import os
import socket
import ssl
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tradebase import ENVIRONMENT, Problem
from tradebase.server import server_user

AUTHORITY_LASTS = timedelta(days=3650)
SERVER_LASTS = timedelta(days=90)  # short, since rotating is one command and costs no connection
CLOCKS_DIFFER = timedelta(hours=1)
# Whose certificate shows servers too who comes: the ends of pgBackRest.
MUTUAL = ("database", "keeper", "receiver")
NAMES = ("localhost", "127.0.0.1", "::1")  # by which every server is found; the stack is loopback only


def make(folder: Path, names: Sequence[str]) -> None:
    """Make what is missing of ca.crt, ca.key, and NAME.crt and NAME.key for each name; what is there stays."""
    prepare(folder)
    if issuer(folder) is None:
        make_authority(folder)
    for name in names:
        if not (folder / f"{name}.pem").exists():
            issue(folder, name)


def rotate(folder: Path, names: Sequence[str], authority: bool = False) -> None:
    """Make new keys and certificates for each name, of a new authority if so wished; servers read them on reload."""
    make(folder, ())
    if authority:
        make_authority(folder)
    for name in names:
        issue(folder, name)


def prepare(folder: Path) -> None:
    """Make the folder: ours, so that a server can neither put a key of its own there nor take one away."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
    except OSError as why:
        raise Problem(
            f"{folder} cannot be written ({why.strerror}): it belongs to another user.", ENVIRONMENT
        ) from None


def issuer(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None:
    """Return the authority's key and its certificate, the one in ca.crt that fits; None when there is none."""
    try:
        key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
        known = x509.load_pem_x509_certificates((folder / "ca.crt").read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as why:
        raise Problem(f"{folder}/ca.crt or ca.key is damaged ({why}): delete both and begin again.") from None
    return next(((key, one) for one in known if one.public_key() == key.public_key()), None)


def make_authority(folder: Path) -> None:
    """Make a new authority; the one before it stays in ca.crt, as servers show its certificates until they reload."""
    before = issuer(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Tradebase stack {key_id(key).digest.hex()[:16]}")])
    certificate = (
        begun(name, key, AUTHORITY_LASTS)
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    # In this order: until the key is there, what is in ca.crt beside the old certificate signs nothing.
    write(folder / "ca.crt", b"".join(map(pem, [certificate, *([before[1]] if before else [])])), 0o644)
    write(folder / "ca.key", pem(key), 0o600)


def issue(folder: Path, name: str, lasts: timedelta = SERVER_LASTS) -> None:
    """Make a key and a certificate for a server and put both in place in one step, for the servers' user to read."""
    authority_key, authority = issuer(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, *([ExtendedKeyUsageOID.CLIENT_AUTH] if name in MUTUAL else [])]
    certificate = (
        begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key, lasts)
        .issuer_name(authority.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.SubjectAlternativeName([general_name(one) for one in (*NAMES, name)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    # A key and a certificate in two files could be found half exchanged. NAME.crt and NAME.key are names of one file.
    for link in (folder / f"{name}.crt", folder / f"{name}.key"):
        if not link.is_symlink():
            link.symlink_to(f"{name}.pem")
    write(folder / f"{name}.pem", pem(certificate) + pem(key), 0o600, for_servers=True)


def begun(subject: x509.Name, key: ec.EllipticCurvePrivateKey, lasts: timedelta) -> x509.CertificateBuilder:
    """Return a certificate with what they all have: whose it is, how long it is good, its number."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, now + lasts) - CLOCKS_DIFFER)
        .not_valid_after(now + lasts)
        .add_extension(key_id(key), critical=False)
    )


def usage(signs_certificates: bool) -> x509.KeyUsage:
    """Return what a key may be used for: to sign certificates, or to prove who a server is."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def key_id(key: ec.EllipticCurvePrivateKey) -> x509.SubjectKeyIdentifier:
    """Return by what an authority and what it has signed know each other."""
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key())


def shown(port: int, authority: Path, postgres: bool = False) -> int:
    """Return the serial number of what a server on loopback shows to whoever connects now, verified."""
    trusting = ssl.create_default_context(cafile=str(authority))
    trusting.minimum_version = ssl.TLSVersion.TLSv1_3
    with socket.create_connection(("localhost", port), timeout=10) as plain:
        if postgres:
            # PostgreSQL, and a pooler that speaks for it, want to be asked for TLS first.
            plain.sendall(struct.pack("!ii", 8, 80877103))
            plain.recv(1)
        with trusting.wrap_socket(plain, server_hostname="localhost") as encrypted:
            return x509.load_der_x509_certificate(encrypted.getpeercert(binary_form=True)).serial_number


def serial_of(folder: Path, name: str) -> tuple[int, datetime]:
    """Return the serial number of a server's certificate and when it ends."""
    certificate = x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())
    return certificate.serial_number, certificate.not_valid_after_utc


def general_name(name: str) -> x509.GeneralName:
    """Return a host name or an address as certificates have it."""
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def pem(thing: ec.EllipticCurvePrivateKey | x509.Certificate) -> bytes:
    """Return a key or a certificate as text."""
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(serialization.Encoding.PEM)
    return thing.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def write(path: Path, content: bytes, mode: int, for_servers: bool = False) -> None:
    """Replace a file in one step: a reader, and whoever comes after a power cut, finds the old one or the new one."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:  # noqa: PTH123 (born closed)
        os.fchmod(out.fileno(), mode)
        if for_servers and (user := server_user()):
            os.fchown(out.fileno(), user.pw_uid, user.pw_gid)
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    new.replace(path)
