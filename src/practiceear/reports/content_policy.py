"""What a page of ours may do in a browser: run and draw what stands in it, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence


def content_policy(styles: Sequence[str], scripts: Sequence[str] = ()) -> str:
    """Return a content security policy that names the page's code by its SHA-256.

    What a name of a take or a remark might smuggle in is none of it, so a browser runs none.

    Parameters
    ----------
    styles, scripts
        The text of each style sheet and script, just as it stands between its tags.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_sources(styles)}",
            f"script-src {_sources(scripts)}",
            "img-src data:",
            "media-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _sources(texts: Sequence[str]) -> str:
    return " ".join(f"'sha256-{_digest(one)}'" for one in texts) or "'none'"


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
