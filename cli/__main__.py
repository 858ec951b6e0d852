"""``python -m cli`` is ``slipway``."""

from cli.main import app

app(prog_name="slipway")
