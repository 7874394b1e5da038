"""The settings as a type; ``app.settings`` reads them."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class AppEnv(StrEnum):
    """Where the application runs."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


@dataclass(frozen=True)
class Settings:
    """All that the environment decides. Secrets do not appear in ``repr``."""

    app_env: AppEnv = AppEnv.DEV
    host: str = "127.0.0.1"
    port: int = 8050
    database_url: str | None = field(default=None, repr=False)
    redis_url: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    admin_password: str | None = field(default=None, repr=False)
    metrics_token: str | None = field(default=None, repr=False)
    data_provider: str = "auto"
    data_path: tuple[Path, ...] = ()
    benchmark: str | None = None
    universe: tuple[str, ...] = ()
    data_dir: Path = Path("var")
    log_level: str = "INFO"
    log_format: str = "console"

    @property
    def open_to_guests(self) -> bool:
        """Read-only pages need no sign-in: development on a loopback address only."""
        return self.app_env is AppEnv.DEV and self.host in {"127.0.0.1", "::1", "localhost"}
