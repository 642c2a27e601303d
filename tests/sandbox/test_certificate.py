from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from botkit.model.errors import WorldError
from botkit.sandbox.certificate import keep_certificate

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def names(path: Path) -> list[str]:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in found]


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    first = keep_certificate(tmp_path / "state", "127.0.0.1", NOW)
    before = first.certificate.read_bytes()
    assert first.certificate == tmp_path / "state" / "sandbox.pem"
    again = keep_certificate(tmp_path / "state", "127.0.0.1", NOW + timedelta(days=3000))
    assert again.certificate.read_bytes() == before
    assert names(first.certificate) == ["localhost", "127.0.0.1", "::1"]


def test_everybody_reads_the_certificate_and_the_owner_alone_the_key(tmp_path: Path) -> None:
    made = keep_certificate(tmp_path, "127.0.0.1", NOW)
    assert made.certificate.stat().st_mode & 0o777 == 0o644
    assert made.key.stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE KEY" not in made.certificate.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"sandbox.pem", "sandbox-key.pem"}


def test_strict_clients_can_trust_it(tmp_path: Path) -> None:
    made = keep_certificate(tmp_path, "127.0.0.1", NOW)
    context = ssl.create_default_context(cafile=str(made.certificate))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    assert context.get_ca_certs()


def test_it_is_renewed_when_it_is_over(tmp_path: Path) -> None:
    before = keep_certificate(tmp_path, "127.0.0.1", NOW).certificate.read_bytes()
    after = keep_certificate(tmp_path, "127.0.0.1", NOW + timedelta(days=3650)).certificate.read_bytes()
    assert before != after


def test_another_host_gets_a_certificate_with_its_name(tmp_path: Path) -> None:
    keep_certificate(tmp_path, "127.0.0.1", NOW)
    assert "bot.test" in names(keep_certificate(tmp_path, "bot.test", NOW).certificate)
    assert "10.0.0.7" in names(keep_certificate(tmp_path, "10.0.0.7", NOW).certificate)


@pytest.mark.parametrize("name", ["sandbox.pem", "sandbox-key.pem"])
@pytest.mark.parametrize("harm", ["broken", "gone"])
def test_a_broken_pair_is_made_anew(tmp_path: Path, name: str, harm: str) -> None:
    keep_certificate(tmp_path, "127.0.0.1", NOW)
    if harm == "gone":
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text("broken")
    keep_certificate(tmp_path, "127.0.0.1", NOW).server_context()


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorldError, match=r"state: the certificate cannot be written: .*\. Make the"):
        keep_certificate(tmp_path / "file" / "state", "127.0.0.1", NOW)
