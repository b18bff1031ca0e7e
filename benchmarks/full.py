"""Every benchmark, one after the other, at full size.

python -m benchmarks.full
"""

import sys

from benchmarks import codec, consume, emit, import_memory, ingest_during_query, views, watch


def main() -> None:
    sys.argv[1:] = []
    for name, benchmark in (
        ("codec", codec.main),
        ("emit", emit.main),
        ("consume", consume.main),
        ("import", import_memory.main),
        ("ingest during query", ingest_during_query.main),
        ("views", views.main),
        ("watch", watch.main),
    ):
        print(f"\n{name}")
        benchmark()


if __name__ == "__main__":
    main()
