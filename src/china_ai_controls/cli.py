"""The command line. Nothing here knows more than the modules it calls."""

import argparse
import io
import os
import shutil
import sys

from .errors import BadDateError, DataError, UnknownNameError
from .extras import MissingExtraError


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : list of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    int
        0 if all is well, 1 if a check failed, 2 if the command could not be carried out.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets its number, not a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    args = _parser().parse_args(argv)
    try:
        code = args.run(args)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader has seen enough (`| head`); the interpreter must not complain at exit that it cannot write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (DataError, UnknownNameError, BadDateError, MissingExtraError, OSError) as error:
        print(f"china-ai-controls: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="china-ai-controls", description="The dataset China AI Controls: look things up, check it, reproduce it.")
    parser.add_argument("--version", action=_Version, nargs=0, help="the version of data and package")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name, run, help):
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(run=run)
        return sub

    command("tables", _tables, "list the tables")
    sub = command("show", _show, "one record with its evidence")
    sub.add_argument("key", help="key of an event, claim, measure, actor, company or source, such as E0001")
    sub.add_argument("--as-of", metavar="DATE", help="only what was publicly known on that day (YYYY-MM-DD)")
    sub = command("describe", _describe, "what a table or field is, with all codes")
    sub.add_argument("table", nargs="?", help="a table, or 'rules' for what validation checks")
    sub.add_argument("field", nargs="?", help="a field of it, or the id of a rule")
    sub = command("codebook", _codebook, "the whole codebook as a page")
    sub.add_argument("--to", choices=("markdown", "html"), default="markdown", help="form of the page (default: markdown)")
    sub = command("find", _find, "where a word stands in the codebook or in names and titles")
    sub.add_argument("word")
    sub = command("cite", _cite, "a citation of the dataset, or of one record with its sources")
    sub.add_argument("key", nargs="?", help="key of an event, claim, measure or source; the whole dataset by default")
    sub.add_argument("--style", choices=("text", "bibtex", "csl", "ris"), default="text", help="form of the citation (default: text)")
    sub.add_argument("--most", type=int, metavar="N", help="at most so many sources, the strongest")
    sub = command("validate", _validate, "check a package: descriptor, tables, rules")
    sub.add_argument("path", nargs="?", metavar="PATH", help="folder or datapackage.json; the installed package by default")
    sub.add_argument("--extension", metavar="FOLDER", help="tables of your own that refer to records of the package: check them together with it")
    sub.add_argument("--format", choices=("text", "json", "junit", "github"), default="text", help="form of the report (default: text)")
    sub.add_argument("--all", action="store_true", help="in text: show every problem, however many are alike")
    sub.add_argument("--only", metavar="ID[,ID]", help="run only these rules")
    sub.add_argument("--engine", choices=("frictionless", "fast"), help="who does the structural checks (default: frictionless, the fast one if large)")
    sub.add_argument("--warnings-as-errors", action="store_true", help="count every warning as an error")
    sub.add_argument("--rules", action="store_true", help="list the rules and stop")
    sub = command("export", _export, "the whole dataset in another format, with the derived views")
    sub.add_argument("--to", required=True, choices=("csv", "duckdb", "graphml", "jsonl", "parquet", "sqlite", "xlsx"), help="the format")
    sub.add_argument("--force", action="store_true", help="replace an earlier export")
    sub.add_argument("out", metavar="OUT", help="file or folder to write")
    sub = command("sql", _sql, "a derived view as SQL, for DuckDB or Spark over tables of the same names")
    sub.add_argument("view", metavar="VIEW", help="events_with_evidence, measures_in_force or reports_and_origins")
    sub = command("metadata", _metadata, "metadata for catalogues: Croissant, schema.org, DataCite, RO-Crate, PROV")
    sub.add_argument("out", metavar="OUT", help="folder to write them into")
    sub = command("reproduce", _reproduce, "validate, run every notebook, compare every published number")
    sub.add_argument("out", nargs="?", metavar="OUT", default="reproduced", help="folder for notebooks, figures and the report (default: reproduced)")
    sub.add_argument("--update", action="store_true", help="in a checkout: take the new notebooks and numbers as the published ones")
    sub = command("release", _release, "in a checkout: build wheel, sdist and data archive, and check the version number")
    sub.add_argument("out", nargs="?", metavar="OUT", default="dist", help="new folder for them (default: dist)")
    sub.add_argument("--compare", action="store_true", help="only say what changed since the last release; OUT is not written")
    return parser


class _Version(argparse.Action):
    """Prints the version; the descriptor is read only when asked for."""

    def __call__(self, parser, namespace, values, option_string=None):
        from .schema import package

        print(f"china-ai-controls {package().version}")
        parser.exit()


def _tables(args) -> int:
    from .schema import package

    for table in package().tables.values():
        print(f"{table.name:<16} {table.title}")
    return 0


def _show(args) -> int:
    from .record import evidence

    record = evidence(args.key, as_of=args.as_of)
    if sys.stdout.isatty():
        _on_terminal(record)
    else:
        print(record)
    return 0


def _on_terminal(record) -> None:
    """With colours if rich is installed, in any case as wide as the terminal."""
    try:
        from rich.console import Console
    except ModuleNotFoundError:
        print(record.text(shutil.get_terminal_size().columns))
    else:
        Console().print(record)


def _describe(args) -> int:
    from .codebook import describe

    print(describe(args.table, args.field))
    return 0


def _codebook(args) -> int:
    from .pages import codebook

    print(codebook(args.to), end="")
    return 0


def _find(args) -> int:
    from .codebook import find

    try:
        hits = find(args.word)
    except ValueError as error:
        print(f"china-ai-controls: {error}", file=sys.stderr)
        return 2
    print("\n".join(hits) if hits else f"nothing found for {args.word!r}")
    return 0 if hits else 1


def _cite(args) -> int:
    from .citation import cite

    try:
        print(cite(args.key, args.style, args.most), end="")
    except ValueError as error:
        print(f"china-ai-controls: {error}", file=sys.stderr)
        return 2
    return 0


def _validate(args) -> int:
    from . import reporting

    if args.rules:
        print(reporting.rules_list())
        return 0
    only = None if args.only is None else args.only.split(",")
    if args.extension is None:
        from .validation import validate

        report = validate(args.path, only, args.engine)
    else:
        from .extension import validate_extension

        report = validate_extension(args.extension, args.path, only, args.engine)
    if args.warnings_as_errors:
        report = report.strict()
    print(reporting.text(report, args.all) if args.format == "text" else reporting.RENDERERS[args.format](report))
    return 0 if report.valid else 1


def _export(args) -> int:
    from .export import export

    print(export(args.to, args.out, args.force))
    return 0


def _sql(args) -> int:
    from .sql import sql

    print(sql(args.view))
    return 0


def _metadata(args) -> int:
    from .metadata import metadata

    print("\n".join(map(str, metadata(args.out))))
    return 0


def _reproduce(args) -> int:
    from .reproduce import reproduce

    outcome = reproduce(args.out, update=args.update)
    print(outcome)
    return 0 if outcome.same else 1


def _release(args) -> int:
    from .release import changes, release

    change = changes() if args.compare else release(args.out)
    print(change)
    return 1 if change.errors else 0
