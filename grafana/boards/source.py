"""The data source, and the query model of its plugin (grafana-clickhouse-datasource)."""

from typing import Any, Final, Self

from grafana.boards.question import Question
from grafana_foundation_sdk.cog import builder as cogbuilder
from grafana_foundation_sdk.cog import variants as cogvariants
from grafana_foundation_sdk.models.common import DataSourceRef

PLUGIN: Final = "grafana-clickhouse-datasource"
UID: Final = "benchwire"
PLUGIN_VERSION: Final = "4.15.0"
"""Whose query model this is; later ones read it as well."""
SOURCE: Final = DataSourceRef(type_val=PLUGIN, uid=UID)
TABLE, TIME_SERIES = "table", "timeseries"
_FORMATS: Final = {TIME_SERIES: 0, TABLE: 1}
"""The plugin's numbers for the shapes of an answer."""


class SqlQuery(cogvariants.Dataquery):
    """A query as the plugin keeps it in a dashboard."""

    def __init__(self, raw_sql: str, ref_id: str, query_type: str) -> None:
        self.raw_sql = raw_sql
        self.ref_id = ref_id
        self.query_type = query_type

    def to_json(self) -> dict[str, object]:
        """The query model: the SQL editor's, not the builder's."""
        return {
            "refId": self.ref_id,
            "datasource": SOURCE.to_json(),
            "editorType": "sql",
            "queryType": self.query_type,
            "format": _FORMATS[self.query_type],
            "pluginVersion": PLUGIN_VERSION,
            "rawSql": self.raw_sql,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what to_json gave."""
        return cls(data["rawSql"], data["refId"], data["queryType"])


class Sql(cogbuilder.Builder[cogvariants.Dataquery]):
    """Builds a query; the SDK knows builders of its own plugins only."""

    def __init__(
        self, question: Question | str, *, ref_id: str = "A", query_type: str = TABLE
    ) -> None:
        sql = question if isinstance(question, str) else question.sql
        self._query = SqlQuery(sql, ref_id, query_type)

    def build(self) -> cogvariants.Dataquery:
        """The query."""
        return self._query
