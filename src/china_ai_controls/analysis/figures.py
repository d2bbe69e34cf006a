"""How all figures look and are saved: readable in print, in grey and to the colour-blind, and the same bytes every time."""

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


def new(width: float, height: float):
    """A figure and its axes, without any window system.

    Returns
    -------
    (matplotlib.figure.Figure, matplotlib.axes.Axes)
    """
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    rcParams["svg.hashsalt"] = "china-ai-controls"
    rcParams["font.family"] = "DejaVu Sans"  # ships with matplotlib, so that every machine draws the same letters
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def titled(axes, finding: str, source: str) -> None:
    """Set the finding as title and the source line under the axes."""
    axes.set_title(finding, loc="left", fontsize=12, fontweight="bold", wrap=True)
    axes.figure.supxlabel(source, x=0.01, ha="left", fontsize=8, color="#444444")


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
