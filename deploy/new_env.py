"""Print an environment file with new passwords: `python deploy/new_env.py > .env`."""

import secrets

NAMES = (
    "NATS_CONSUMER_PASSWORD",
    "NATS_PRODUCER_PASSWORD",
    "NATS_WATCHER_PASSWORD",
    "NATS_OPERATOR_PASSWORD",
    "CLICKHOUSE_CONSUMER_PASSWORD",
    "CLICKHOUSE_READER_PASSWORD",
    "GRAFANA_ADMIN_PASSWORD",
)
"""Every secret of compose.yaml."""


def new_password() -> str:
    """Make a password of 192 bits.

    It goes into URLs, so it is hexadecimal, and nats-server reads what begins with a digit as a
    number, so it begins with a letter.
    """
    return "p" + secrets.token_hex(24)


def main() -> None:
    """Print one line for each secret, and what else may be set."""
    print("# Secrets of compose.yaml. Keep this file out of version control.")
    for name in NAMES:
        print(f"{name}={new_password()}")
    print("\n# Address the ports are published on; 0.0.0.0 lets other machines in.")
    print("BENCHWIRE_BIND=127.0.0.1")
    print("\nCOMPOSE_PROJECT_NAME=benchwire")


if __name__ == "__main__":
    main()
