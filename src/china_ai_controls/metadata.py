"""Metadata by which catalogues find the dataset and programs load it, all generated from the descriptor. Standard library only."""

import hashlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import locate
from .errors import DataError
from .schema import Package, package
from .tables import rows

CROISSANT_TYPES = {"string": "sc:Text", "integer": "sc:Integer", "number": "sc:Float", "date": "sc:Date"}


def metadata(out: str | Path, source: Package | None = None) -> list[Path]:
    """Write all forms of metadata.

    Parameters
    ----------
    out : str or Path
        Folder to write into; files of the same names there are replaced. To load data through ``croissant.json`` or the RO-Crate, it must be
        the folder of ``datapackage.json`` or a copy of it, for both name the data files relative to themselves.
    source : Package, optional

    Returns
    -------
    list of Path
        ``croissant.json`` (MLCommons Croissant), ``schema-org.jsonld`` (schema.org Dataset), ``datacite.json`` (shape of DataCite 4.5, without
        a DOI until one exists), ``ro-crate-metadata.json`` (RO-Crate 1.1), ``prov.json`` (PROV-JSON of which source rests on which).

    Raises
    ------
    DataError
        If `out` is a file, or a table cannot be read.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [p.name for p in metadata(folder)][:2]
    ['croissant.json', 'schema-org.jsonld']
    """
    source, out = source or package(), Path(out)
    if out.exists() and not out.is_dir():
        raise DataError(f"{out} is a file; expected a folder")
    out.mkdir(parents=True, exist_ok=True)
    written = []
    with tempfile.TemporaryDirectory(dir=out, prefix=".metadata-") as folder:
        for name, make in FORMS.items():
            (Path(folder) / name).write_text(json.dumps(make(source), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        for name in FORMS:
            written.append((Path(folder) / name).replace(out / name))
    return written


def _files(source: Package) -> list[tuple[str, str, str, int]]:
    """The data files: name, path, sha256, size."""
    found = []
    for table in source.tables.values():
        content = source.path(table).read_bytes()
        found.append((table.name, table.path, hashlib.sha256(content).hexdigest(), len(content)))
    return found


def _creators(source: Package) -> list[str]:
    return [c["title"] for c in source.descriptor["contributors"] if "creator" in c["roles"]]


def _licence(source: Package) -> str:
    return source.descriptor["licenses"][0]["path"]


def _day(source: Package) -> str:
    return source.descriptor["created"][:10]


def croissant(source: Package) -> dict:
    """MLCommons Croissant 1.0: files with hashes, and one record set per table with its fields and keys."""
    described = source.descriptor
    return {
        "@context": CROISSANT_CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": source.name,
        "description": described["description"],
        "version": source.version,
        "datePublished": _day(source),
        "license": _licence(source),
        "creator": [{"@type": "sc:Organization", "name": name} for name in _creators(source)],
        "keywords": described["keywords"],
        "citeAs": f"{', '.join(_creators(source))} ({_day(source)[:4]}). {described['title']} (version {source.version}) [Data set].",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": path,
                "name": name,
                "contentUrl": path,
                "contentSize": f"{size} B",
                "encodingFormat": "text/csv",
                "sha256": digest,
            }
            for name, path, digest, size in _files(source)
        ],
        "recordSet": [_record_set(source, table) for table in source.tables.values()],
    }


def _record_set(source: Package, table) -> dict:
    def field(f):
        out = {
            "@type": "cr:Field",
            "@id": f"{table.name}/{f.name}",
            "name": f.name,
            "description": f.description,
            "dataType": CROISSANT_TYPES[f.type],
            "source": {"fileObject": {"@id": table.path}, "extract": {"column": f.name}},
        }
        for key in table.foreign_keys:
            if key.field == f.name and key.table != table.name:
                out["references"] = {"field": {"@id": f"{key.table}/{key.target}"}}
        return out

    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.description,
        "key": [{"@id": f"{table.name}/{name}"} for name in table.primary_key],
        "field": [field(f) for f in table.fields],
    }


# The context that the Croissant 1.0 specification gives.
CROISSANT_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def schema_org(source: Package) -> dict:
    """A schema.org Dataset, as search engines for data read it."""
    described = source.descriptor
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": described["title"],
        "alternateName": source.name,
        "description": described["description"],
        "version": source.version,
        "datePublished": _day(source),
        "license": _licence(source),
        "isAccessibleForFree": True,
        "creator": [{"@type": "Organization", "name": name} for name in _creators(source)],
        "keywords": described["keywords"],
        "temporalCoverage": f"{described['temporal']['start']}/{described['temporal']['end']}",
        "spatialCoverage": {"@type": "Place", "name": described["spatial"]["title"]},
        "variableMeasured": [
            {"@type": "PropertyValue", "name": f"{t.name}.{f.name}", "description": f.description} for t in source.tables.values() for f in t.fields
        ],
        "distribution": [
            {"@type": "DataDownload", "name": name, "contentUrl": path, "encodingFormat": "text/csv", "contentSize": f"{size} B", "sha256": digest}
            for name, path, digest, size in _files(source)
        ],
    }


def datacite(source: Package) -> dict:
    """The properties that DataCite 4.5 asks for; a DOI is there only once the descriptor's ``id`` is one."""
    described = source.descriptor
    doi = described.get("id", "")
    return {
        **({"doi": doi} if doi.startswith("10.") else {}),
        "creators": [{"name": name, "nameType": "Organizational"} for name in _creators(source)],
        "titles": [{"title": described["title"]}],
        "publisher": {"name": described["contributors"][0]["title"]},
        "publicationYear": _day(source)[:4],
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Data package"},
        "version": source.version,
        "language": "en",
        "subjects": [{"subject": word} for word in described["keywords"]],
        "dates": [
            {"date": _day(source), "dateType": "Issued"},
            {"date": f"{described['temporal']['start']}/{described['temporal']['end']}", "dateType": "Other", "dateInformation": "Period covered"},
        ],
        "rightsList": [{"rights": licence["title"], "rightsUri": licence["path"], "rightsIdentifier": licence["name"]} for licence in described["licenses"]],
        "descriptions": [{"description": described["description"], "descriptionType": "Abstract"}],
        "formats": ["text/csv"],
        "sizes": [f"{sum(size for *_, size in _files(source))} bytes"],
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    }


def ro_crate(source: Package) -> dict:
    """An RO-Crate 1.1 of the descriptor and the data files."""
    described = source.descriptor
    files = _files(source)
    agents = [{"@id": f"#{name.lower().replace(' ', '-')}", "@type": "Organization", "name": name} for name in _creators(source)]
    return {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": [
            {
                "@id": "ro-crate-metadata.json",
                "@type": "CreativeWork",
                "about": {"@id": "./"},
                "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            },
            {
                "@id": "./",
                "@type": "Dataset",
                "name": described["title"],
                "description": described["description"],
                "version": source.version,
                "datePublished": _day(source),
                "license": {"@id": _licence(source)},
                # One value where there is one, as the specification recommends.
                "author": {"@id": agents[0]["@id"]} if len(agents) == 1 else [{"@id": a["@id"]} for a in agents],
                "publisher": {"@id": agents[0]["@id"]},
                "keywords": ", ".join(described["keywords"]),
                "hasPart": [{"@id": locate.DESCRIPTOR}, *({"@id": path} for _, path, _, _ in files)],
            },
            {"@id": _licence(source), "@type": "CreativeWork", "name": described["licenses"][0]["title"], "identifier": described["licenses"][0]["name"]},
            *agents,
            {"@id": locate.DESCRIPTOR, "@type": "File", "name": "Descriptor of the data package", "encodingFormat": "application/json"},
            *(
                {
                    "@id": path,
                    "@type": "File",
                    "name": source.table(name).title,
                    "description": source.table(name).description,
                    "encodingFormat": "text/csv",
                    "contentSize": str(size),
                    "sha256": digest,
                }
                for name, path, digest, size in files
            ),
        ],
    }


def prov(source: Package) -> dict:
    """PROV-JSON of the derivation graph: every source an entity, every link a derivation, every publisher an agent."""
    sources, links = rows("sources", source), rows("source_links", source)
    publishers = {name: f"cac:publisher-{n:04d}" for n, name in enumerate(sorted({s["publisher"] for s in sources}), start=1)}
    return {
        "prefix": {"cac": "urn:china-ai-controls:", "dcterms": "http://purl.org/dc/terms/"},
        "entity": {
            f"cac:{s['source_id']}": {
                "prov:label": s["title"],
                "cac:report_role": s["report_role"],
                "cac:seen": s["seen"],
                "dcterms:language": s["language"],
                **({"dcterms:issued": s["published"].isoformat()} if s["published"] else {}),
                **({"dcterms:identifier": s["url"]} if s["url"] else {}),
            }
            for s in sources
        },
        "agent": {key: {"prov:label": name, "prov:type": {"$": "prov:Organization", "type": "prov:QUALIFIED_NAME"}} for name, key in publishers.items()},
        "wasAttributedTo": {
            f"_:a{n:05d}": {"prov:entity": f"cac:{s['source_id']}", "prov:agent": publishers[s["publisher"]]} for n, s in enumerate(sources, start=1)
        },
        "wasDerivedFrom": {
            f"_:d{n:05d}": {
                "prov:generatedEntity": f"cac:{link['source_id']}",
                "prov:usedEntity": f"cac:{link['relies_on_id']}",
                "cac:relation": link["relation"],
                "cac:link_evidence": link["link_evidence"],
            }
            for n, link in enumerate(links, start=1)
        },
    }


FORMS: dict[str, Callable[[Package], dict]] = {
    "croissant.json": croissant,
    "schema-org.jsonld": schema_org,
    "datacite.json": datacite,
    "ro-crate-metadata.json": ro_crate,
    "prov.json": prov,
}
