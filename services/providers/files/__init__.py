"""The provider ``files``: the user's own CSV and Parquet."""

from services.providers.files.provider import FilesProvider

__all__ = ["FilesProvider"]
