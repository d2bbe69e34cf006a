"""Reproduce what is published: validate, run every notebook, compare every number."""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from . import locate
from .errors import DataError
from .extras import need

REPORT = "findings_report.md"
TIME_LIMIT = 600


@dataclass
class Outcome:
    """What a reproduction found.

    Attributes
    ----------
    out : Path
        Where notebooks, figures and report are.
    differences : list of str
        One line per difference from what is published.
    compared : int
        How many published numbers were compared.
    """

    out: Path
    differences: list[str] = field(default_factory=list)
    compared: int = 0

    @property
    def same(self) -> bool:
        """Whether everything is as published."""
        return not self.differences

    def __str__(self) -> str:
        verdict = "all as published" if self.same else f"{len(self.differences)} differences"
        return "\n".join([*self.differences, f"{self.compared} published numbers compared, {verdict}. Notebooks, figures and report: {self.out}"])


def analyses() -> dict:
    """The analysis module behind each notebook, by the notebook's name."""
    from .analysis import answers, echoes, exposure, quality, seed_story, symposium, tightening

    return {
        "01_the_seed_story": seed_story,
        "02_one_report_many_echoes": echoes,
        "03_tightening_on_people": tightening,
        "04_action_and_answer": answers,
        "05_symposium_and_standing": symposium,
        "06_who_is_exposed": exposure,
        "07_how_good_are_these_data": quality,
    }


def reproduce(out: str | Path, update: bool = False, progress: bool = True) -> Outcome:
    """Validate the data, run every notebook and compare every published number with the one computed now.

    Parameters
    ----------
    out : str or Path
        Folder to write: executed notebooks, figures (SVG and PNG), findings and a report. It is written elsewhere first and
        moved there whole; a folder that is not an earlier reproduction is never touched.
    update : bool
        In a checkout, take the new notebooks and numbers as the published ones.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Outcome

    Raises
    ------
    DataError
        If the data are not valid, `out` holds something else, or a notebook fails.
    MissingExtraError
        If the extra ``notebooks`` is not installed.
    """
    need("notebooks", "krippendorff", "matplotlib", "nbclient", "nbformat", "networkx", "tqdm", "zhplot")
    from tqdm import tqdm

    from .validation import validate

    out = Path(out)
    _check_target(out)
    if update and not locate.is_checkout():
        raise DataError("--update works in a checkout only: an installed package keeps the numbers it was published with")
    notebooks = sorted((locate.root() / "notebooks").glob("*.ipynb"))
    modules = analyses()
    if {n.stem for n in notebooks} != set(modules):
        raise DataError(f"notebooks are {', '.join(n.stem for n in notebooks)}; expected {', '.join(modules)}")
    outcome = Outcome(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".reproduce-") as folder:
        work = Path(folder) / "new"
        (work / "figures").mkdir(parents=True)
        with tqdm(total=2 + 2 * len(notebooks), disable=not progress) as bar:
            bar.set_description("validating")
            report = validate()
            if not report.valid:
                raise DataError(f"the data are not valid, so nothing was reproduced:\n{report}")
            bar.update()
            found = []
            for path in notebooks:
                bar.set_description(path.stem)
                outcome.differences += _run_notebook(path, work, update)
                bar.update()
                found += _run_analysis(modules[path.stem], work / "figures")
                bar.update()
            bar.set_description("comparing")
            _compare(found, outcome, work, update)
            bar.update()
        if out.exists():
            shutil.rmtree(out)
        work.rename(out)
    return outcome


def _check_target(out: Path) -> None:
    if out.exists() and not (out.is_dir() and (not any(out.iterdir()) or (out / REPORT).is_file())):
        raise DataError(f"{out} exists and is not an earlier reproduction; expected a new or empty folder")


def _run_notebook(path: Path, work: Path, update: bool) -> list[str]:
    """Execute one notebook; the lines say how its outputs differ from the published ones."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    published = nbformat.read(path, as_version=4)
    notebook = nbformat.read(path, as_version=4)
    # Without record_timing the saved notebook is the same file every time it is run.
    client = NotebookClient(notebook, timeout=TIME_LIMIT, kernel_name="python3", record_timing=False, resources={"metadata": {"path": str(work)}})
    try:
        client.execute()
    except CellExecutionError as error:
        raise DataError(f"{path.name} failed: {error}") from None
    notebook.metadata = published.metadata
    nbformat.write(notebook, work / path.name)
    if update:
        nbformat.write(notebook, path)
        return []
    lines = []
    for number, (new, old) in enumerate(zip(notebook.cells, published.cells), start=1):
        if _texts(new) != _texts(old):
            lines.append(f"{path.name}, cell {number}: the output differs from the published one")
    return lines


def _texts(cell) -> list:
    """What a reader reads in a cell's outputs; images depend on the drawing library's version and are compared by the figures' tests."""
    return [
        o.get("text") or {k: v for k, v in o.get("data", {}).items() if k.startswith("text/")}
        for o in cell.get("outputs", ())
        if "image/png" not in o.get("data", {})
    ]


def _run_analysis(module, folder: Path) -> list:
    from .analysis import figures

    frames = module.Frames.load()
    for name, figure in module.all_figures(frames).items():
        figures.save(figure, folder, name)
    return module.findings(frames)


def _compare(found: list, outcome: Outcome, work: Path, update: bool) -> None:
    from .analysis import findings

    published = locate.root() / "notebooks" / findings.FILE
    findings.write(found, work / findings.FILE)
    if update:
        from .analysis import coverage

        findings.write(found, published)
        coverage.refresh_readme(locate.root() / "README.md")
    outcome.compared = len(found)
    outcome.differences += findings.differences(found, findings.read(published))
    lines = ["# Findings", "", f"{outcome.compared} published numbers compared; {len(outcome.differences)} differences.", ""]
    lines += [f"- {d}" for d in outcome.differences]
    lines += ["", "| finding | statement | value | how |", "|---|---|---|---|"]
    lines += [f"| {f.finding_id} | {f.statement} | {f.value} | {f.how} |" for f in found]
    (work / REPORT).write_text("\n".join(lines) + "\n", encoding="utf-8")
