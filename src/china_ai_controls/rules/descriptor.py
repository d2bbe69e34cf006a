"""Rules on the descriptor that the Data Package profile and frictionless leave open."""

import re

from .base import Data, Found, rule

# What Data Package v2 knows, and what this project adds (closedOn, temporal, spatial, datasheet, meaningChanges).
PACKAGE_KEYS = {"$schema", "name", "id", "title", "description", "homepage", "version", "created", "contributors", "keywords", "image", "licenses",
                "resources", "sources", "closedOn", "temporal", "spatial", "datasheet", "meaningChanges"}  # fmt: skip
RESOURCE_KEYS = {"$schema", "name", "type", "path", "data", "title", "description", "homepage", "format", "mediatype", "encoding", "bytes", "hash",
                 "sources", "licenses", "dialect", "schema"}  # fmt: skip
SCHEMA_KEYS = {"$schema", "fields", "fieldsMatch", "primaryKey", "uniqueKeys", "foreignKeys", "missingValues"}
FIELD_KEYS = {"name", "type", "format", "title", "description", "example", "constraints", "categories", "categoriesOrdered", "missingValues", "rdfType"}


# A value is a number in a series and a code in a second coding; no join runs over it.
HOMONYMS = {"value"}


def _found(where: str, message: str, expected: str) -> Found:
    return Found(f"{where}: {message}", expected, table="")


def _resources(data: Data):
    for resource in data.package.descriptor["resources"]:
        if isinstance(resource, dict):
            yield f"resource {resource.get('name', '?')}", resource, resource.get("schema") if isinstance(resource.get("schema"), dict) else {}


def _fields(data: Data):
    for where, _, schema in _resources(data):
        for field in schema.get("fields", ()):
            if isinstance(field, dict):
                yield f"{where}, field {field.get('name', '?')}", field


@rule("D1", "The descriptor has no key that nobody reads")
def unknown_keys(data: Data):
    """A misspelt key ('constrains') is ignored by every reader: a limit that seems to be there is not."""
    described = [("package", data.package.descriptor, PACKAGE_KEYS)]
    for where, resource, schema in _resources(data):
        described += [(where, resource, RESOURCE_KEYS), (f"{where}, schema", schema, SCHEMA_KEYS)]
    described += [(where, field, FIELD_KEYS) for where, field in _fields(data)]
    for where, part, known in described:
        for key in sorted(set(part) - known):
            yield _found(where, f"unknown key {key!r}", f"one of {', '.join(sorted(known))}")


@rule("D2", "Codes are defined, and the definitions are the permitted values")
def codes_defined(data: Data):
    """frictionless reads the permitted values and people read the definitions; where they differ, a code means nothing or cannot be used."""
    for where, field in _fields(data):
        codes = [c.get("value") if isinstance(c, dict) else c for c in field.get("categories", ())]
        enum = field.get("constraints", {}).get("enum")
        if codes and codes != enum:
            yield _found(where, f"categories {codes} differ from constraints.enum {enum}", "the same values in the same order")
        for code in field.get("categories", ()):
            if not (isinstance(code, dict) and code.get("label") and code.get("description")):
                yield _found(where, f"code {code!r} has no label or description", "a definition for every code")


@rule("D3", "Every table and field is described, with an example that is one")
def described(data: Data):
    """A column without a definition is read by its name, and everybody reads another thing into it."""
    for where, resource, _ in _resources(data):
        for key in ("title", "description"):
            if not resource.get(key):
                yield _found(where, f"no {key}", f"a {key}")
    for where, field in _fields(data):
        for key in ("title", "description", "example"):
            if field.get(key) in (None, ""):
                yield _found(where, f"no {key}", f"a {key}")
    for table in data.package.tables.values():
        for field in table.fields:
            if not _valid_example(field):
                yield _found(
                    f"resource {table.name}, field {field.name}",
                    f"example {field.example!r} breaks the field's own limits",
                    f"a {field.type} within its constraints",
                )


def _valid_example(field) -> bool:
    limits = field.constraints
    try:
        value = field.parse(str(field.example))
        return (
            ("enum" not in limits or value in limits["enum"])
            and ("pattern" not in limits or _matches(limits["pattern"], str(value)))
            and ("minimum" not in limits or value >= field.parse(str(limits["minimum"])))
            and ("maximum" not in limits or value <= field.parse(str(limits["maximum"])))
            and ("maxLength" not in limits or len(value) <= limits["maxLength"])
        )
    except (KeyError, TypeError, ValueError):
        # An example of another type, or a limit that is none: in either case it does not show what may stand in the field.
        return False


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except (re.error, TypeError):
        return False


def _listed(part: dict, key: str) -> list:
    """What is no list is reported by the profile."""
    return part[key] if isinstance(part.get(key), list) else []


@rule("D4", "The package names its licence, version, contributors and day of closing")
def publication(data: Data):
    """Without a licence nobody may reuse the data, without a version nobody can say which they used."""
    descriptor = data.package.descriptor
    for key in ("name", "title", "description", "version", "created", "keywords", "licenses", "contributors", "sources", "closedOn"):
        if not descriptor.get(key):
            yield _found("package", f"no {key}", f"a {key}")
    for licence in _listed(descriptor, "licenses"):
        if not (isinstance(licence, dict) and licence.get("name") and licence.get("path")):
            yield _found("package", f"licence {licence!r} lacks a name or path", "the name and address of an open licence")
    for person in _listed(descriptor, "contributors"):
        if not (isinstance(person, dict) and isinstance(person.get("roles"), list) and person["roles"]):
            yield _found("package", f"contributor {person!r} has no list of roles", "roles as a list")


@rule("D5", "Every resource says that it is a comma-separated file in UTF-8")
def dialect(data: Data):
    """Without encoding and delimiter a file in GBK or with semicolons counts as valid, and reads as rubbish elsewhere."""
    for where, resource, _ in _resources(data):
        if resource.get("encoding") != "utf-8":
            yield _found(where, f"encoding is {resource.get('encoding')!r}", "utf-8")
        dialect = resource.get("dialect")
        delimiter = dialect.get("delimiter") if isinstance(dialect, dict) else None
        if delimiter != ",":
            yield _found(where, f"delimiter is {delimiter!r}", "','")


@rule("D6", "No file lies in data/ that the descriptor does not name")
def stray_files(data: Data):
    """A stray table is shipped and read by people though nothing checks it."""
    folder = data.package.root / "data"
    named = {(data.package.root / t.path).resolve() for t in data.package.tables.values()}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and path.resolve() not in named:
            yield Found("no resource names this file", "only files that datapackage.json names", table=str(path.relative_to(data.package.root)))


@rule("D7", "One field name means one thing in all tables")
def one_meaning(data: Data):
    """A join on a name that means two things gives numbers that mean nothing."""
    seen: dict[str, tuple[str, dict]] = {}
    for where, field in _fields(data):
        if field.get("name") in HOMONYMS:
            continue
        first_where, first = seen.setdefault(field.get("name", ""), (where, field))
        if field.get("type") != first.get("type"):
            yield _found(where, f"type {field.get('type')!r} differs from {first.get('type')!r} in {first_where}", "one type for one name")
