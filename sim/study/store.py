"""A study folder: made at once, one writer at a time, each file complete or absent.

Every file is written under a temporary name, synced, then renamed, so that a process killed at any
moment leaves whole files only. The lock is the operating system's: it ends with its process.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Self

from sim.problems import InputError, Problem, StoppedError

__all__ = ["DiskFullError", "Store", "make_folder", "resume_line", "reason_of", "sha256_of"]

_TEMPORARY = ".part-"
_LOCK = ".lock"
_HELD: set[Path] = set()  # folders this process writes: record locks do not exclude their own process


class DiskFullError(StoppedError):
    """The disk is full: what was finished before is kept."""


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def resume_line(folder: str) -> str:
    """The line a user types to go on with the study of a folder."""
    return f'python -m sim run.resume="{folder}"' if " " in folder else f"python -m sim run.resume={folder}"


def make_folder(outputs: Path, study: str, now: datetime) -> Path:
    """Make `outputs/<study>/<YYYY-MM-DD_HH-MM-SS>`, the first free second from `now` on.

    Raises
    ------
    InputError
        When the folder cannot be made.
    """
    parent = outputs / study
    try:
        parent.mkdir(parents=True, exist_ok=True)
        while True:
            folder = parent / f"{now:%Y-%m-%d_%H-%M-%S}"
            try:
                folder.mkdir()
            except FileExistsError:
                now += timedelta(seconds=1)
            else:
                return folder
    except OSError as error:
        raise _unwritable(parent, error) from error


def reason_of(error: OSError) -> tuple[str, str]:
    """Why the system refused a file, in English and French."""
    reason = error.strerror or str(error)
    return reason, _FRENCH_REASONS.get(error.errno or 0, reason)


def _unwritable(path: Path, error: OSError) -> InputError:
    reason, french = reason_of(error)
    if error.errno in _NO_ROOM:
        return DiskFullError(
            [
                Problem(
                    str(path),
                    f"no room left on the disk ({reason})",
                    "free space; what was finished is kept",
                    None,
                    "de la place ; ce qui est fini est gardé",
                    f"un disque plein ({french})",
                )
            ]
        )
    return InputError(
        [
            Problem(
                str(path),
                f"it cannot be written ({reason})",
                "a folder that can be written",
                None,
                "un dossier où l'on peut écrire",
                f"une écriture impossible ({french})",
            )
        ]
    )


_NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FRENCH_REASONS = {
    errno.EACCES: "droits insuffisants",
    errno.EPERM: "opération interdite",
    errno.EROFS: "dossier en lecture seule",
    errno.ENOENT: "dossier absent",
    errno.ENOTDIR: "ce n'est pas un dossier",
    errno.EEXIST: "un fichier porte déjà ce nom",
    errno.ENAMETOOLONG: "nom trop long",
    errno.EIO: "erreur du disque",
    errno.ENOSPC: "plus de place",
    errno.EFBIG: "fichier trop grand pour ce disque ou ce compte",
    getattr(errno, "EDQUOT", errno.ENOSPC): "plus de place pour ce compte",
    errno.EISDIR: "c'est un dossier",
    errno.EMFILE: "trop de fichiers ouverts",
}


class Store:
    """The only writer of one study folder, while it is open.

    Raises
    ------
    InputError
        On opening, when the folder does not exist, cannot be written or another process writes it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        if not self.folder.is_dir():
            raise InputError(
                [Problem(str(folder), "no such folder", "a study folder", None, "un dossier d'étude", "rien")]
            )
        if self.folder in _HELD:
            raise _busy(self.folder)
        try:
            self._lock = _locked(self.folder / _LOCK)
        except OSError as error:
            raise _unwritable(self.folder, error) from error
        _HELD.add(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another process write the folder."""
        if self.folder in _HELD:
            _HELD.discard(self.folder)
            path = self.folder / _LOCK
            if sys.platform != "win32":
                path.unlink(missing_ok=True)  # while it is held: nobody can take a file that is gone
            self._lock.close()
            if sys.platform == "win32":
                path.unlink(missing_ok=True)

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A temporary path beside `name` that becomes `name` when the block ends well.

        Raises
        ------
        InputError
            When the file cannot be written; `DiskFullError` when there is no room.
        """
        target = self.folder / name
        temporary = target.with_name(f"{_TEMPORARY}{target.name}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise _unwritable(target, error) from error
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def write_bytes(self, name: str, content: bytes) -> Path:
        """Write a whole file."""
        with self.writing(name) as path:
            path.write_bytes(content)
        return self.folder / name

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Write several whole files, by name."""
        for name, content in files.items():
            self.write_bytes(name, content)

    def write_text(self, name: str, text: str) -> Path:
        """Write a whole text file, UTF-8, lines ending as in `text`."""
        return self.write_bytes(name, text.encode("utf-8"))

    def remove_leftovers(self) -> None:
        """Remove the temporary files of a process that was killed."""
        for path in self.folder.rglob(f"{_TEMPORARY}*"):
            path.unlink(missing_ok=True)

    def files(self) -> Iterator[Path]:
        """Every file of the folder but the lock and temporary ones, sorted by path."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and path.name != _LOCK and not path.name.startswith(_TEMPORARY):
                yield path


def _busy(folder: Path) -> InputError:
    return InputError(
        [
            Problem(
                str(folder),
                "another process is writing this study",
                "a folder nobody writes; wait for its end",
                None,
                "un dossier que personne n'écrit ; attendez la fin de l'autre",
                "un autre programme en train d'écrire cette étude",
            )
        ]
    )


def _locked(path: Path) -> IO[bytes]:
    """The lock file, open and locked by this process."""
    while True:
        file = path.open("ab+")
        try:
            _take(file)
        except OSError as error:
            file.close()
            if error.errno in {errno.EACCES, errno.EAGAIN, errno.EDEADLK}:
                raise _busy(path.parent) from None
            raise
        # Between opening and locking, its last holder may have removed it: then it is nobody's lock.
        try:
            if os.fstat(file.fileno()).st_ino == path.stat().st_ino:
                return file
        except FileNotFoundError:
            pass
        file.close()


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _sync_folder(folder: Path) -> None:
        """Folders cannot be synced there."""
else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        # A record lock: unlike flock's, worker processes forked from this one do not inherit it.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _sync_folder(folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
