"""The analyses behind the notebooks: one module each, frames in, frames and figures out."""
