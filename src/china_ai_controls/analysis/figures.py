"""How all figures look and are saved: readable in print, in grey and to the colour-blind, and the same bytes every time."""

import importlib.util
from functools import cache
from pathlib import Path

# Okabe and Ito's palette, which readers with any common colour blindness can tell apart.
COLOURS = {
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "purple": "#CC79A7",
    "grey": "#7F7F7F",
}


# Both come with packages of the extra "notebooks", so that every machine draws the same letters. The first has Latin and Arabic ones;
# labels with Chinese ones name both. The Chinese font has one weight only.
FONT = "DejaVu Sans"
WITH_CHINESE = [FONT, "Noto Sans SC"]


def new(width: float, height: float, rows: int = 1, columns: int = 1, **options):
    """A figure and its axes, without any window system.

    Parameters
    ----------
    width, height : float
        In inches.
    rows, columns : int
        How many axes.
    **options
        For ``Figure.subplots``, such as ``sharex``.

    Returns
    -------
    (matplotlib.figure.Figure, matplotlib.axes.Axes or array of them)
    """
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    _add_chinese_font()
    rcParams["svg.hashsalt"] = "china-ai-controls"
    rcParams["font.family"] = FONT
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, **options)


@cache
def _add_chinese_font() -> None:
    """zhplot carries the font; its code is not used, for it would change the settings of every later figure."""
    from matplotlib import font_manager

    folder = Path(importlib.util.find_spec("zhplot").origin).parent
    font_manager.fontManager.addfont(folder / "fonts" / "NotoSansSC-Regular.ttf")


def shortened(text: str, most: int) -> str:
    """A label that fits, with an ellipsis where it was cut.

    Examples
    --------
    >>> shortened("Guidance to AI leaders", 12)
    'Guidance to…'
    """
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def titled(axes, finding: str, source: str) -> None:
    """Set the finding as title and the source line under the axes."""
    axes.set_title(finding, loc="left", fontsize=12, fontweight="bold", wrap=True)
    axes.figure.supxlabel(source, x=0.01, ha="left", fontsize=8, color="#444444")


def headed(figure, finding: str, source: str) -> None:
    """The same for a figure of several axes."""
    figure.suptitle(finding, x=0.01, ha="left", fontsize=12, fontweight="bold", wrap=True)
    figure.supxlabel(source, x=0.01, ha="left", fontsize=8, color="#444444")


def save(figure, folder: Path, name: str) -> list[Path]:
    """Save as SVG and PNG without dates or program names, so that equal figures are equal files.

    Returns
    -------
    list of Path
    """
    svg, png = folder / f"{name}.svg", folder / f"{name}.png"
    figure.savefig(svg, metadata={"Date": None, "Creator": None})
    figure.savefig(png, dpi=150, metadata={"Software": None})
    return [svg, png]


def show(figure):
    """The figure as a notebook shows it: a PNG image."""
    import io

    from IPython.display import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return Image(buffer.getvalue())
