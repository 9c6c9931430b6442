"""The grade cache: what graded student code came to, stored under a digest of all that it depends on.

Entries are files that are written once, in one step, and carry their own digest: any number of processes may
read and write at the same time, and a damaged entry is noticed, removed and computed anew. The folder is the
instructor's; no student process may write there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from logging import Logger
from pathlib import Path
from typing import Any

DAY = 24 * 3600.0


@dataclass(frozen=True)
class Entry:
    """One stored result, as `grader cache` shows it.

    what: topic/exercise, or the topic for the outputs of a notebook's cells.
    made_with: digest of the graders, engine and environment that it comes from.
    used: when it was last used, in seconds since 1970, to the day.
    """

    path: Path
    what: str
    made_with: str
    size: int
    used: float


@dataclass(frozen=True)
class GradeCache:
    """Results by key. A key is the hexadecimal digest of everything that the result depends on."""

    folder: Path
    log: Logger

    def get(self, key: str, again: bool = True) -> Any | None:
        """The value stored under `key`, or None. A damaged entry counts as none and is removed.

        again: False leaves entries alone that are meant to be read once, and counts them as none.
        """
        path = self._path(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self.log.warning("grade cache: %s cannot be read (%s)", path, error.strerror)
            return None
        body = _intact(content)
        if body is None or body["key"] != key:
            self.log.warning("grade cache: %s is damaged; it is removed and computed anew", path.name)
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            return None
        if body["once"] and not again:
            return None
        with contextlib.suppress(OSError):
            if body["once"]:
                path.unlink(missing_ok=True)
            elif abs(time.time() - path.stat().st_mtime) > DAY:
                os.utime(path)  # for `prune`
        return body["value"]

    def put(self, key: str, what: str, made_with: str, value: Any, once: bool = False) -> bool:
        """Store a JSON value; returns whether that was possible, and says so in the log if it was not.

        once: the entry is removed when it has been read.
        """
        path = self._path(key)
        body = {"key": key, "what": what, "made_with": made_with, "once": once, "value": value}
        content = json.dumps(body).encode()
        temporary = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
                temporary = file.name
                file.write(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
            os.replace(temporary, path)
        except OSError as error:
            self.log.warning("grade cache: nothing can be stored in %s (%s)", self.folder, error.strerror)
            if temporary is not None:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
            return False
        return True

    def entries(self) -> Iterator[Entry]:
        """All intact entries; damaged ones and what killed writers left behind are removed on the way."""
        for path in sorted(self.folder.glob("??/*")):
            with contextlib.suppress(FileNotFoundError):  # somebody else may prune as well
                status = path.stat()
                if path.suffix == ".part":
                    if abs(time.time() - status.st_mtime) > DAY:
                        path.unlink()
                    continue
                body = _intact(path.read_bytes())
                if body is None:
                    path.unlink()
                    continue
                yield Entry(path, body["what"], body["made_with"], status.st_size, status.st_mtime)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key[2:]}.json"


def _intact(content: bytes) -> dict[str, Any] | None:
    digest, _, body = content.partition(b"\n")
    return json.loads(body) if hashlib.sha256(body).hexdigest().encode() == digest else None


def digest(*parts: Any) -> str:
    """The SHA-256 digest of JSON values, in hexadecimal."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
