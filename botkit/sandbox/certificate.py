"""The sandbox's own TLS certificate: made once, kept, renewed when it has expired."""

from __future__ import annotations

import ipaddress
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from botkit.model.errors import UsageError, WorldError

life = timedelta(days=3650)
renew_before = timedelta(days=1)
always_named = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Where the two files are."""

    certificate: Path
    """PEM, for everybody to read and trust."""
    key: Path
    """PEM, for the owner alone."""

    def server_context(self) -> ssl.SSLContext:
        """TLS as a server, 1.2 and up."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.certificate, self.key)
        return context


def keep_certificate(state: Path, host: str, now: datetime) -> Certificate:
    """The certificate in `state`, made anew when it is missing, broken, expired, or not for `host`.

    Raises `WorldError` when the directory cannot be written, `UsageError` for a host that is no host.
    """
    kept = Certificate(certificate=state / "sandbox.pem", key=state / "sandbox-key.pem")
    names = tuple(dict.fromkeys((*always_named, host)))
    if not _usable(kept, names, now):
        try:
            state.mkdir(parents=True, exist_ok=True)
            _make(kept, names, now)
        except OSError as error:
            remedy = "Make the directory writable, or choose another one for state."
            raise WorldError(
                f"the certificate cannot be written: {error.strerror}.", where=str(state), remedy=remedy
            ) from None
    return kept


def _usable(kept: Certificate, names: Sequence[str], now: datetime) -> bool:
    try:
        found = x509.load_pem_x509_certificate(kept.certificate.read_bytes())
        kept.server_context()
        alternatives = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    in_time = found.not_valid_before_utc <= now < found.not_valid_after_utc - renew_before
    return in_time and all(_general_name(name) in alternatives for name in names)


def _make(kept: Certificate, names: Sequence[str], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "botkit sandbox")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    # It is its own authority: those who trust this file trust nothing but this file.
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + life)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(kept.key, private, mode=0o600)
    _write(kept.certificate, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)


def _write(path: Path, data: bytes, *, mode: int) -> None:
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.unlink(missing_ok=True)
    # The mode is there from the first byte on, whatever the umask allows.
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(data)
    draft.replace(path)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError:
        remedy = "Write an address, or a name of letters, digits, dots and hyphens."
        raise UsageError("no certificate can name this host", where=name, remedy=remedy) from None
