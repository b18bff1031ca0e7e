"""What one event costs at both ends, in one run of about a minute.

    python -m benchmarks.quick

Prints the cost of ``emit`` beside a bare ``os.write``, and the consumer's rate on a filled stream
beside the stock way. Compare ratios: absolute numbers belong to the machine.
"""

import sys

from benchmarks import consume, emit

EMITS = "30000"
CONSUMED = "1000000"
CONSUMED_STOCK_WAY = "100000"


def main() -> None:
    sys.argv[1:] = ["--events", EMITS]
    emit.main()
    print()
    sys.argv[1:] = ["--events", CONSUMED, "--stock-events", CONSUMED_STOCK_WAY]
    consume.main()


if __name__ == "__main__":
    main()
