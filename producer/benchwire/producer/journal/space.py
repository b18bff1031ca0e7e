"""Disk space asked for before it is needed, so that the last words fit on a full disk.

``fallocate`` with KEEP_SIZE reserves blocks behind the end of a file without making it
longer. Where the file system or the platform has no such thing, nothing is reserved, and a
full disk is noticed by the write itself.
"""

import ctypes
import errno
import functools
import os
import resource
import sys
from collections.abc import Callable
from typing import Final

_FALLOC_FL_KEEP_SIZE: Final = 1
_UNSUPPORTED: Final = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


@functools.cache
def _fallocate() -> Callable[[int, int, int, int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    function = getattr(ctypes.CDLL(None, use_errno=True), "fallocate", None)
    if function is None:
        return None
    function.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    function.restype = ctypes.c_int
    call: Callable[[int, int, int, int], int] = function
    return call


def reserve(fd: int, offset: int, length_bytes: int) -> bool:
    """Reserve ``length_bytes`` from ``offset`` on.

    Returns False where reserving is not possible at all; raises OSError when the disk (or a
    quota, or a file size limit) has no room.
    """
    file_size_max, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if file_size_max != resource.RLIM_INFINITY and offset + length_bytes > file_size_max:
        # fallocate does not look at this limit when it keeps the size; the write would fail.
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    call = _fallocate()
    if call is None:
        return False
    while call(fd, _FALLOC_FL_KEEP_SIZE, offset, length_bytes) != 0:
        code = ctypes.get_errno()
        if code in _UNSUPPORTED:
            return False
        if code != errno.EINTR:
            raise OSError(code, os.strerror(code))
    return True
