"""The only place that reads the environment: `FM_*` variables, checked together."""

import hashlib
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_DATABASE = "sqlite:///var/fulfilment_monitor.db"
_PREFIX = "FM_"

_SHORTEST_TOKEN = 20
_DATABASE = re.compile(r"sqlite:///.|postgresql(\+psycopg)?://")

#: All of them, or none.
_OIDC = ("oidc_issuer", "oidc_client_id", "oidc_secret_file", "oidc_redirect_uri")

log = logging.getLogger(__name__)


class BadSettings(Exception):
    """One or more settings cannot be used; the message names each."""


def log_format(env: Mapping[str, str] | None = None) -> str:
    """How the log is written; known before anything else is read, and so never refused."""
    found = (os.environ if env is None else env).get("FM_LOG_FORMAT")
    return "json" if found == "json" else "text"


@dataclass(frozen=True, slots=True)
class Settings:
    #: FM_DATABASE_URL: an SQLAlchemy URL; by default an SQLite file under ./var/.
    database_url: str = DEFAULT_DATABASE
    #: FM_ALERTS_DIR: a folder that replaces the shipped alerts/ folder.
    alerts_dir: str = ""
    #: FM_ALERT_SINK: a folder to which alerts and leads are appended as JSON lines, a file a day.
    alert_sink: str = ""
    #: FM_CLOCK_TOLERANCE_SECONDS: how far two clocks may differ before the sweep stops.
    clock_tolerance_seconds: int = 120
    #: FM_EVIDENCE_DIR: the folder of the files that prove something; see `evidence_path`.
    evidence_dir: str = ""
    #: FM_EVIDENCE_MEGABYTES: how large one such file may be, in units of 1,000,000 bytes.
    evidence_megabytes: int = 20
    #: FM_UPLOADS_DIR: the folder of files that wait to be confirmed; see `uploads_path`.
    uploads_dir: str = ""
    #: FM_KEYS_DIR: the folder of the keys, never inside the database or a backup; see `keys_path`.
    keys_dir: str = ""
    #: FM_AUDIT_HASH: what new entries of the record of acts are hashed with, sha256 or sm3.
    audit_hash: str = "sha256"
    #: FM_ANCHOR_SINK: a folder of a witness to which anchors are appended as JSON lines.
    anchor_sink: str = ""
    #: FM_PASSWORD_PROFILE: which rule book passwords follow, asvs or djbh3 (docs/access.md).
    password_profile: str = "asvs"  # noqa: S105 — the name of a rule book
    #: FM_PROXIES: how many proxies of ours stand before the pages and name who comes.
    proxies: int = 0
    #: FM_METRICS_TOKEN: who sends it may read /metrics from elsewhere than this machine.
    metrics_token: str = ""
    #: FM_BACKUP_DIR: the folder backups are put in; only the age of the newest is looked at.
    backup_dir: str = ""
    #: FM_BEAT_FILE: a file a scheduler or worker touches while it can reach the database.
    beat_file: str = ""
    #: FM_ALIVE_FILE: a file that is touched after each complete sweep of a day.
    alive_file: str = ""
    #: FM_ALIVE_URL: an address that is asked for after each complete sweep of a day.
    alive_url: str = ""
    #: FM_LOG_FORMAT: how the log is written, text or json.
    log_format: str = "text"
    #: FM_ADDRESS: where people reach the pages, https://…; stands in what is sent to them.
    address: str = ""
    #: FM_SMTP_HOST: the mail server; without one, e-mail goes into the folder of messages.
    smtp_host: str = ""
    smtp_port: int = 587
    #: FM_SMTP_TLS: starttls, tls (from the first byte), or none on a line of one's own.
    smtp_tls: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = ""
    #: FM_SMTP_FROM: the address e-mail comes from.
    smtp_from: str = ""
    #: FM_SMS_URL, FM_SMS_TOKEN: the gateway that takes SMS; without one, they go into the folder.
    sms_url: str = ""
    sms_token: str = ""
    #: FM_MESSAGE_SINK: the folder messages to enterprises are handed over in; see `messages_path`.
    message_sink: str = ""
    #: FM_EXCHANGE_DIR: the folder for platforms without an API; see `exchange_path`.
    exchange_dir: str = ""
    #: FM_CHANNEL_DROP: a folder with one folder per channel, into which its files are put.
    channel_drop: str = ""
    #: FM_OUTWARD_ALLOW: hosts and networks that messages may leave for, besides public https.
    outward_allow: str = ""
    #: FM_OUTWARD_AUTHORITIES: a file of certificates trusted there instead of the usual ones.
    outward_authorities: str = ""
    #: FM_OIDC_ISSUER: the service that vouches for people who sign in (OpenID Connect).
    oidc_issuer: str = ""
    #: FM_OIDC_CLIENT_ID: what it knows this service as.
    oidc_client_id: str = ""
    #: FM_OIDC_SECRET_FILE: a file with the secret shared with it, never the secret itself.
    oidc_secret_file: str = ""
    #: FM_OIDC_REDIRECT_URI: the address of `/login/sso/back` here, as people reach it.
    oidc_redirect_uri: str = ""
    #: FM_ADMIN_NETWORKS: from where administrators may sign in and work; empty: from everywhere.
    admin_networks: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Settings from the environment.

        Raises:
            BadSettings: a value is not what it should be.
        """
        env = os.environ if env is None else env
        known = {_PREFIX + f.name.upper(): f for f in fields(cls)}
        given = {k: v for k, v in env.items() if k.startswith(_PREFIX) and v != ""}
        faults: list[str] = []
        values: dict[str, str | int] = {}
        for key, text in given.items():
            if key not in known:
                log.warning("settings.unknown", extra={"setting": key})
                continue
            whole = known[key].type in (int, "int")
            if whole and not (text.isascii() and text.isdigit()):
                faults.append(f"{key} is a whole number, not {text!r}")
            else:
                values[known[key].name] = int(text) if whole else text
        if not _DATABASE.match(str(values.get("database_url", DEFAULT_DATABASE))):
            faults.append("FM_DATABASE_URL is sqlite:///FILE or postgresql://…")
        if values.get("evidence_megabytes") == 0:
            faults.append("FM_EVIDENCE_MEGABYTES is at least 1")
        if values.get("password_profile", "asvs") not in ("asvs", "djbh3"):
            faults.append("FM_PASSWORD_PROFILE is asvs or djbh3")
        if values.get("smtp_tls", "starttls") not in ("starttls", "tls", "none"):
            faults.append("FM_SMTP_TLS is starttls, tls or none")
        if values.get("smtp_host") and "@" not in str(values.get("smtp_from", "")):
            faults.append("FM_SMTP_FROM is an e-mail address where FM_SMTP_HOST is set")
        if not str(values.get("address", "https://")).startswith(("https://", "http://")):
            faults.append("FM_ADDRESS begins with https://")
        if values.get("log_format", "text") not in ("text", "json"):
            faults.append("FM_LOG_FORMAT is text or json")
        if 0 < len(str(values.get("metrics_token", ""))) < _SHORTEST_TOKEN:
            faults.append(f"FM_METRICS_TOKEN has {_SHORTEST_TOKEN} characters or more")
        oidc = [name for name in _OIDC if not values.get(name)]
        if 0 < len(oidc) < len(_OIDC):
            faults.append("with it are needed: " + ", ".join(_PREFIX + n.upper() for n in oidc))
        faults += _network_faults(str(values.get("admin_networks", "")))
        hashed = values.get("audit_hash", "sha256")
        if hashed not in ("sha256", "sm3"):
            faults.append("FM_AUDIT_HASH is sha256 or sm3")
        elif hashed not in hashlib.algorithms_available:
            faults.append(f"FM_AUDIT_HASH: the OpenSSL of this machine has no {hashed}")
        if faults:
            raise BadSettings("; ".join(faults))
        return cls(**values)  # type: ignore[arg-type]

    def admin_addresses(self) -> list[IPv4Network | IPv6Network]:
        """The networks of administrators; empty: all."""
        return [ip_network(text.strip()) for text in self.admin_networks.split(",") if text.strip()]

    def prepare(self) -> None:
        """Make the folder of an SQLite file that does not exist yet."""
        path = self.sqlite_path()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)

    def sqlite_path(self) -> Path | None:
        """The file of an SQLite database, if it is one."""
        scheme, _, name = self.database_url.partition(":///")
        if not scheme.startswith("sqlite") or not name or name == ":memory:":
            return None
        return Path(name)

    def evidence_path(self) -> Path:
        """Where evidence lies: as set, else beside an SQLite file, else in ./var/evidence."""
        if self.evidence_dir:
            return Path(self.evidence_dir)
        beside = self.sqlite_path()
        return (Path("var") if beside is None else beside.parent) / "evidence"

    def keys_path(self) -> Path:
        """Where keys lie: as set, else in `NAME.keys` beside an SQLite file, or below ./var.

        A folder of keys belongs to one database, so its default carries the name of that.
        """
        if self.keys_dir:
            return Path(self.keys_dir)
        file = self.sqlite_path()
        if file is not None:
            return file.with_suffix(".keys")
        name = urlsplit(self.database_url).path.strip("/") or "fulfilment_monitor"
        return Path("var") / f"{name}.keys"

    def errands_path(self) -> Path:
        """Where imports and exports for workers lie: below the uploads, deleted after a month."""
        return self.uploads_path() / "errands"

    def uploads_path(self) -> Path:
        """Where uploads wait: as set, else in `NAME.uploads` beside an SQLite file, or below ./var.

        Nothing in it is worth a backup: it is deleted within an hour, errands within a month.
        """
        if self.uploads_dir:
            return Path(self.uploads_dir)
        file = self.sqlite_path()
        return Path("var") / "uploads" if file is None else file.with_suffix(".uploads")

    def messages_path(self) -> Path:
        """Where messages to enterprises wait to be sent: as set, else beside an SQLite file."""
        if self.message_sink:
            return Path(self.message_sink)
        beside = self.sqlite_path()
        return (Path("var") if beside is None else beside.parent) / "messages"

    def exchange_path(self) -> Path:
        """Where folders of platforms lie: as set, else beside an SQLite file, else ./var."""
        if self.exchange_dir:
            return Path(self.exchange_dir)
        beside = self.sqlite_path()
        return (Path("var") if beside is None else beside.parent) / "exchange"

    def evidence_bytes(self) -> int:
        """How many bytes one file of evidence may have."""
        return self.evidence_megabytes * 1_000_000


def _network_faults(text: str) -> list[str]:
    try:
        Settings(admin_networks=text).admin_addresses()
    except ValueError as fault:
        return [f"FM_ADMIN_NETWORKS is a list of networks such as 10.1.2.0/24: {fault}"]
    return []
