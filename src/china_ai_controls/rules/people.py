"""Rules that protect the people in the data."""

from .base import Data, Found, rule

# Whole words between underscores: 'stage' and 'language' are not 'age'.
PRIVATE = {"birth", "birthday", "birthdate", "born", "age", "gender", "sex", "spouse", "wife", "husband", "child", "children", "family", "phone", "mobile",
           "email", "mail", "passport", "home", "residence", "religion", "ethnicity", "health", "marital"}  # fmt: skip


@rule("P1", "Every person has a part in an event, issued a measure, or founded or leads a firm", "actors", "event_actors")
def takes_part(data: Data):
    """A person without an act is in the data for being known, which is no reason."""
    # Who founded or leads a firm is known for that; the row says which, and as what.
    acting = {r.get("actor_id") for r in data["event_actors"]} | {r.get("issuer_id") for r in data["measures"]}
    for row in data["actors"]:
        leads = row.get("company_id") and row.get("role")
        if row.get("actor_type") == "person" and row.get("actor_id") not in acting and not leads:
            yield Found(f"{row.key} {row.get('name')} takes part in no event", "a role in event_actors, or a firm and the role in it", row, "actor_id")


@rule("P2", "No field is about private life")
def no_private_fields(data: Data):
    """People are in the data for public acts; a field for more would be filled sooner or later."""
    for name, table in data.package.tables.items():
        for field in table.fields:
            if PRIVATE & set(field.name.lower().split("_")):
                yield Found(f"{name}.{field.name} looks like private life", "fields on public acts in public roles only", table=table.path)


@rule("P3", "Nobody is in the data as a bystander", "actors", "event_actors", severity="warning")
def no_bystanders(data: Data):
    """A person who is only mentioned gains nothing for research and may lose by being listed."""
    roles = {a: {r.get("role") for r in rows} for a, rows in data.by("event_actors", "actor_id").items()}
    for row in data["actors"]:
        if row.get("actor_type") == "person" and roles.get(row.get("actor_id", "")) == {"mentioned"}:
            yield Found(f"{row.key} {row.get('name')} is only mentioned", "a part in an event, or no row", row, "actor_id")
