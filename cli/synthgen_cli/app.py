"""The door: one Typer app, and the only place where an exception becomes a line and an exit code.

0    done
1    refused, with one line `error: subject, expected, got, fix`; or a bug, with a traceback; or `audit` says on its
     page that a claim is broken
2    the command was not understood, with one line
3    done, and `drift` says that the model should be fitted again
130  stopped by Ctrl-C (143: by SIGTERM); no half file stays behind
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from synthgen_cli import (
    approve,
    audit,
    budget,
    demo,
    drift,
    evaluate,
    fit,
    inspect,
    keygen,
    lint,
    regulator,
    release,
    sample,
    schema,
    tune,
    verify,
)
from synthgen_cli.output import one_line
from synthgen_cli.stopping import Stopped, stoppable

app = typer.Typer(
    name="synthgen",
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,  # they show local variables, and those can be private rows
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo.demo)
app.command()(fit.fit)
app.command()(sample.sample)
app.command()(evaluate.evaluate)
app.command()(drift.drift)
app.command()(audit.audit)
app.command()(keygen.keygen)
app.command()(approve.approve)
app.command()(release.release)
app.command()(lint.lint)
app.command()(verify.verify)
app.command()(regulator.regulator)
app.command("inspect")(inspect.inspect)
app.command()(tune.tune)
app.add_typer(schema.app, name="schema")
app.add_typer(budget.app, name="budget")


def _show_version(wanted: bool) -> None:  # noqa: FBT001  (Typer calls it so)
    if wanted:
        typer.echo(f"synthgen {version('synthgen')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def synthgen(
    context: typer.Context,
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """Synthetic tables from private ones, with a counted differential privacy guarantee.

    Begin with [bold]synthgen demo[/]: it fits and samples a real table in half a minute.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """The `synthgen` command."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        with stoppable():
            code = typer.main.get_command(app).main([*arguments], prog_name="synthgen", standalone_mode=False)
            sys.stdout.flush()
    except typer.TyperException as error:
        return _refuse(_usage(error), code=error.exit_code)
    except Stopped as stopped:
        return _refuse("interrupted; no half-written file was left behind", code=stopped.code)
    except BrokenPipeError:
        # Whoever read our output has had enough. What is still buffered must not be tried again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001  (the door)
        return _failed(error)
    return code if isinstance(code, int) else 0


def _failed(error: Exception) -> int:
    """A line for a user's mistake, a traceback for a bug of ours."""
    from synthgen.errors import SynthgenError  # noqa: PLC0415  (it brings the library: --help does without)

    if isinstance(error, SynthgenError):
        return _refuse(str(error), code=1)
    sys.stderr.write(_trace(error))
    return 1


def _refuse(text: str, *, code: int) -> int:
    typer.echo(f"error: {one_line(text)}", err=True)
    return code


def _usage(error: typer.TyperException) -> str:
    """What was not understood, and where to read more."""
    context = getattr(error, "ctx", None)
    more = f"; see {context.command_path} --help" if context else ""
    return error.format_message().rstrip(".") + more


def _trace(error: BaseException) -> str:
    """A bug's traceback, without the messages of its exceptions: a library's words may quote private values."""
    chain = [error]
    while (before := chain[-1].__cause__ or chain[-1].__context__) is not None and before not in chain:
        chain.append(before)
    lines = ["This is a bug in synthgen. Please report these lines; they hold no data.\n"]
    for link in reversed(chain):
        lines += traceback.format_tb(link.__traceback__)
        lines.append(f"{type(link).__name__} (its message is not shown: it might quote a private value)\n")
    return "".join(lines)
