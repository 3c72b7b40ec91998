# SPDX-License-Identifier: ISC
"""A file of settings, of whoever wants one: lines NAME = VALUE in sections."""
from __future__ import annotations

import configparser
import re
from typing import Any, Dict


class Trouble(Exception):
    """A sentence about what is wrong with them."""


def where(error: Any) -> str:
    """The lines, and not what is in them: it may be a password."""
    lines = [line for line, _ in getattr(error, "errors", ())] or [error.lineno]
    return "line " + ", ".join(map(str, lines))


def strange(name: str) -> str:
    """A name that nobody knows: what stands before a "=" may be half a password,
    too."""
    return name if re.fullmatch("[a-z-]+", name) else "such name"


def sections(path: str) -> Dict[str, Dict[str, str]]:
    """Names and values by their sections, as they are there."""
    parser = configparser.RawConfigParser(
        delimiters="=", comment_prefixes="#", default_section="")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
    except OSError as error:
        raise Trouble(f"{path}: {error}") from None
    except UnicodeDecodeError:
        raise Trouble(f"{path}: not in UTF-8") from None
    except configparser.MissingSectionHeaderError as error:
        raise Trouble(f"{path}: {where(error)}: no section yet") from None
    except (configparser.DuplicateOptionError,
            configparser.DuplicateSectionError) as error:
        raise Trouble(f"{path}: {where(error)}: once more") from None
    except configparser.Error as error:
        raise Trouble(f"{path}: {where(error)}: no NAME = VALUE") from None
    return {name: dict(parser.items(name)) for name in parser.sections()}
