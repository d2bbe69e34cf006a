"""The derived views as SQL, for those whose tables lie in a database or are too many for one machine.

The same text runs on DuckDB and on Spark SQL (4.1 or newer, which has recursive queries) over tables of the package's names and columns, in
which missing values are NULL. Of very many sources Spark must be allowed more than a million rows of recursion
(`spark.sql.cteRecursionRowLimit`). Codes and rules are written into the text from the modules that define them, so that there is no second truth.
"""

from .asof import ACTIVE, STAGE_ORDER
from .errors import UnknownNameError
from .evidence import BASIS, DOCUMENT_SEEN, DOCUMENTARY, DOCUMENTARY_TYPES, OWN_TEXT, PRECISIONS, SPANS
from .schema import Package, package
from .views import MEASURE_FIELDS, described


def sql(view: str, source: Package | None = None) -> str:
    """One derived view as a query.

    Parameters
    ----------
    view : str
        ``"events_with_evidence"``, ``"measures_in_force"`` or ``"reports_and_origins"``.
    source : Package, optional
        The package whose closing day and fields are meant; the installed one by default.

    Returns
    -------
    str
        A SELECT without a semicolon, in the order of the view's key.

    Raises
    ------
    UnknownNameError
        If there is no such view.

    Examples
    --------
    >>> sql("reports_and_origins").startswith("WITH RECURSIVE")
    True
    """
    if view not in _QUERIES:
        raise UnknownNameError("view", view, described())
    return _QUERIES[view](source or package())


def _in(column: str, values) -> str:
    return f"{column} IN ({', '.join(repr(str(v)) for v in sorted(values))})"


def _flag(condition: str) -> str:
    """1 if a condition holds for any row of a group."""
    return f"MAX(CASE WHEN {condition} THEN 1 ELSE 0 END)"


def _bases(bit: int) -> str:
    return _in("cs.sourcing_basis", [basis for basis, bits in BASIS.items() if bits & bit])


# Which source rests in the end on which; a source without links is its own origin.
_ORIGINS = """\
above (source_id, ancestor_id) AS (
  SELECT source_id, relies_on_id FROM source_links
  UNION ALL
  SELECT above.source_id, l.relies_on_id FROM above JOIN source_links l ON l.source_id = above.ancestor_id
),
origins AS (
  SELECT DISTINCT above.source_id, above.ancestor_id AS origin_id FROM above
  LEFT JOIN source_links l ON l.source_id = above.ancestor_id WHERE l.source_id IS NULL
  UNION ALL
  SELECT s.source_id, s.source_id FROM sources s LEFT JOIN source_links l ON l.source_id = s.source_id WHERE l.source_id IS NULL
)"""

# A source without a day was public no later than the first dated report that rests on it, directly or through others without a day.
_SINCE = """\
reached (source_id, day) AS (
  SELECT l.relies_on_id, child.published FROM source_links l
  JOIN sources child ON child.source_id = l.source_id AND child.published IS NOT NULL
  JOIN sources parent ON parent.source_id = l.relies_on_id AND parent.published IS NULL
  UNION ALL
  SELECT l.relies_on_id, reached.day FROM reached
  JOIN source_links l ON l.source_id = reached.source_id
  JOIN sources parent ON parent.source_id = l.relies_on_id AND parent.published IS NULL
),
since AS (
  SELECT s.source_id, COALESCE(s.published, MIN(reached.day)) AS day
  FROM sources s LEFT JOIN reached ON reached.source_id = s.source_id GROUP BY s.source_id, s.published
)"""


def _reports_and_origins(source: Package) -> str:
    return f"""\
WITH RECURSIVE {_ORIGINS}
SELECT DISTINCT c.event_id, cs.source_id, o.origin_id
FROM claims c
JOIN claim_sources cs ON cs.claim_id = c.claim_id AND cs.stance = 'supports'
JOIN origins o ON o.source_id = cs.source_id
WHERE c.aspect = 'occurrence'
ORDER BY 1, 2, 3"""


def _events_with_evidence(source: Package) -> str:
    fields = ", ".join(f"e.{f.name}" for f in source.table("events").fields)
    precision = " ".join(f"WHEN e.date_latest < e.date_earliest + INTERVAL {days} DAY THEN '{name}'" for name, days in SPANS.items())
    return f"""\
WITH RECURSIVE {_ORIGINS},
{_SINCE},
reports AS (
  SELECT c.event_id, cs.source_id,
    {_flag("cs.sourcing_basis <> 'none_stated'")} AS stated,
    {_flag(_bases(DOCUMENTARY))} AS documentary,
    {_flag(_bases(OWN_TEXT))} AS own_text,
    {_flag(_bases(DOCUMENT_SEEN))} AS document_seen
  FROM claims c JOIN claim_sources cs ON cs.claim_id = c.claim_id
  WHERE c.aspect = 'occurrence' AND cs.stance = 'supports'
  GROUP BY c.event_id, cs.source_id
),
event_origins AS (
  SELECT DISTINCT r.event_id, o.origin_id FROM reports r JOIN origins o ON o.source_id = r.source_id
),
own AS (
  SELECT r.event_id, 1 AS own_text FROM reports r JOIN sources s ON s.source_id = r.source_id WHERE r.own_text = 1 AND s.seen <> 'cited_only'
  UNION
  SELECT r.event_id, 1 FROM reports r
  JOIN origins o ON o.source_id = r.source_id
  JOIN reports first ON first.event_id = r.event_id AND first.source_id = o.origin_id AND first.own_text = 1
  WHERE r.document_seen = 1
),
grounds AS (
  SELECT eo.event_id, COUNT(*) AS n_origins,
    TRANSLATE(CAST(ARRAY_SORT(ARRAY_AGG(eo.origin_id)) AS STRING), '[],', '') AS origins,
    SUM(CASE WHEN s.report_role = 'aggregator' THEN 0 ELSE 1 END) AS n_grounds,
    {_flag(f"s.report_role <> 'aggregator' AND (r.documentary = 1 OR (r.documentary IS NULL AND {_in('s.source_type', DOCUMENTARY_TYPES)}))")} AS documentary,
    {_flag("r.stated = 1 OR r.stated IS NULL")} AS stated
  FROM event_origins eo
  JOIN sources s ON s.source_id = eo.origin_id
  LEFT JOIN reports r ON r.event_id = eo.event_id AND r.source_id = eo.origin_id
  GROUP BY eo.event_id
),
counted AS (
  SELECT r.event_id, COUNT(*) AS n_reports, MIN(since.day) AS known_on
  FROM reports r JOIN since ON since.source_id = r.source_id GROUP BY r.event_id
),
contested AS (
  SELECT DISTINCT c.event_id FROM claims c JOIN claim_sources cs ON cs.claim_id = c.claim_id WHERE cs.stance = 'contradicts'
)
SELECT {fields},
  COALESCE(n.n_reports, 0) AS n_reports,
  COALESCE(g.n_origins, 0) AS n_origins,
  g.origins,
  CASE WHEN g.event_id IS NULL THEN NULL WHEN own.own_text = 1 THEN 'A' WHEN g.stated = 0 THEN 'D'
    WHEN g.n_grounds >= 2 AND g.documentary = 1 THEN 'A' WHEN g.n_grounds >= 2 THEN 'B' ELSE 'C' END AS confidence,
  CASE WHEN x.event_id IS NULL THEN 'no' ELSE 'yes' END AS contested,
  n.known_on,
  CASE {precision} ELSE '{PRECISIONS[-1]}' END AS date_precision
FROM events e
LEFT JOIN counted n ON n.event_id = e.event_id
LEFT JOIN grounds g ON g.event_id = e.event_id
LEFT JOIN own ON own.event_id = e.event_id
LEFT JOIN contested x ON x.event_id = e.event_id
ORDER BY e.event_id"""


def _measures_in_force(source: Package) -> str:
    fields = ", ".join(f"m.{name}" for name in MEASURE_FIELDS)
    rank = " ".join(f"WHEN '{stage}' THEN {place}" for place, stage in enumerate(STAGE_ORDER))
    return f"""\
WITH stages AS (
  SELECT me.measure_id, me.stage, e.date_latest AS day,
    ROW_NUMBER() OVER (PARTITION BY me.measure_id ORDER BY e.date_latest DESC, CASE me.stage {rank} END DESC, e.event_id DESC) AS place
  FROM measure_events me JOIN events e ON e.event_id = me.event_id
  WHERE e.date_latest <= DATE '{source.descriptor["closedOn"]}'
)
SELECT {fields}, last.stage AS status, last.day AS since,
  CASE WHEN {_in("last.stage", ACTIVE)} THEN 'yes' ELSE 'no' END AS in_force
FROM measures m LEFT JOIN stages last ON last.measure_id = m.measure_id AND last.place = 1
ORDER BY m.measure_id"""


_QUERIES = {"events_with_evidence": _events_with_evidence, "measures_in_force": _measures_in_force, "reports_and_origins": _reports_and_origins}
