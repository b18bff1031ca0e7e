"""Write the engine's configuration: one database user who may not read files, URLs or programs.

chDB ignores `user=` and cannot create users, so the one user it has is restricted for everybody,
us included. A configuration that the engine cannot find is skipped silently and grants all
sources; `ChdbStore.open` therefore reads the grants back.
"""

import os
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

GRANTS = (
    "GRANT SHOW, SELECT, INSERT, ALTER, DROP, TRUNCATE, OPTIMIZE ON *.*",
    "GRANT CREATE TABLE, CREATE VIEW, CREATE DATABASE ON *.*",
    "GRANT KILL QUERY, SYSTEM MERGES, SYSTEM FLUSH LOGS ON *.*",
    "GRANT TABLE ENGINE ON *",
)
"""All that migrations, inserts, views and the SQL endpoint need; no source among them."""

USERS_XML = """\
<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password/>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants>
{grants}
      </grants>
    </default>
  </users>
</clickhouse>
"""

CONFIG_XML = """\
<clickhouse>
  <users_config>{users}</users_config>
  <user_files_path>{files}</user_files_path>
</clickhouse>
"""


def write_engine_config(directory: Path) -> Path:
    """Write both files and return the path of the one the engine is pointed at."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    users, config = directory / "users.xml", directory / "config.xml"
    grants = "\n".join(f"        <query>{escape(grant)}</query>" for grant in GRANTS)
    _write(users, USERS_XML.format(grants=grants))
    files = directory / "no-user-files"
    _write(config, CONFIG_XML.format(users=escape(str(users)), files=escape(str(files))))
    return config


def connection_string(store: Path, config: Path) -> str:
    """Return what chDB is opened with.

    The options are percent-decoded once, by chdb's Python code, and joined again as they are; the
    path before the question mark is never decoded. An ampersand cannot be written at all, which
    is why `EmbeddedSettings.data_dir` refuses one.
    """
    return f"{store}?config-file={quote(str(config))}"


def _write(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)  # noqa: PTH105  # atomic: the engine may be reading it
