"""``models``: what was trained, what serves, and who decides about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from app.bootstrap import CLOCK
from app.cli.context import command_engine, json_option, print_result
from app.cli.main import FAILURE
from models.domain.errors import NotYetComputedError
from models.domain.registry import ModelAction, ModelRecord
from models.domain.users import Role
from services.commands.access import Actor, act_as
from services.commands.models import ModelCommands
from services.storage.unit_of_work import SqlUnitOfWork


@click.group(no_args_is_help=False)
def models() -> None:
    """List the trained models, promote one, or roll the champion back."""


@contextmanager
def _commands() -> Iterator[ModelCommands]:
    with command_engine() as (settings, engine):
        # Whoever may use the terminal of the installation may do what an administrator may.
        act_as(Actor("cli", Role.ADMIN))
        try:
            yield ModelCommands(engine, CLOCK, settings.data_dir)
        finally:
            act_as(None)


def _line(one: ModelRecord) -> str:
    ic = one.information_coefficient
    figures = "not judged" if ic is None else f"IC {ic:.4f}"
    notes = [*(one.decision.reasons if one.decision and not one.is_proven else ()), one.fault]
    forced = " (forced)" if one.is_forced else ""
    said = "; ".join(filter(None, notes))
    return f"{one.id}\t{one.name}\t{one.status}{forced}\t{one.trained.train_to}\t{figures}\t{said}".rstrip()


def _evidence(one: ModelRecord) -> dict[str, Any]:
    """Return what was found out of sample, each figure with its interval; nothing where it was not judged."""
    evaluation = one.evaluation or {}
    book = evaluation.get("book") or {}
    names = {"value": "excess_over_equal_weight", "low": "excess_low", "high": "excess_high"}
    excess = {name: book.get(stored) for name, stored in names.items()} if book else None
    return {"metrics": evaluation.get("metrics"), "excess_over_equal_weight": excess}


@models.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """Show the active dataset's models, newest first."""
    with command_engine() as (_, engine), SqlUnitOfWork(engine) as work:
        status = work.datasets.active()
        if status is None:
            raise NotYetComputedError("No prices are stored yet: run `python -m app ingest` first")
        found = work.models.all(status.dataset.id)
    shown = [
        {
            "id": one.id,
            "name": one.name,
            "status": one.status,
            "is_proven": one.is_proven,
            "is_forced": one.is_forced,
            "trained_at": one.trained.trained_at.isoformat(),
            "train_to": one.trained.train_to,
            "ic": one.information_coefficient,
            **_evidence(one),
            "reasons": list(one.decision.reasons) if one.decision else [],
            "fault": one.fault,
        }
        for one in found
    ]
    nothing = "No model has been trained on this dataset: run `python -m app train`."
    print_result({"models": shown}, "\n".join(map(_line, found)) or nothing, as_json=as_json)


@models.command("promote")
@click.argument("model_id", type=int, metavar="MODEL")
@click.option("--force", is_flag=True, help="Promote it although the gate refuses it; this is recorded.")
@json_option
@click.pass_context
def promote(context: click.Context, model_id: int, force: bool, as_json: bool) -> None:
    """Put a model through the promotion gate: exit status 0 if it is the champion then, 1 if refused."""
    with _commands() as commands:
        decision = commands.promote(model_id, force=force)
    report = {"id": model_id, "action": decision.action, "reasons": list(decision.reasons)}
    named = f"Model {model_id} ({decision.model_name})"
    verdict = {
        ModelAction.PROMOTE: f"{named} is the champion: it counts from the next session on.",
        ModelAction.FORCE: f"{named} is the champion by force. The gate refused it:",
    }.get(decision.action, f"{named} was refused:")
    lines = [] if decision.action is ModelAction.PROMOTE else [f"  {reason}" for reason in decision.reasons]
    print_result(report, "\n".join([verdict, *lines]), as_json=as_json)
    if decision.action is ModelAction.REFUSE:
        context.exit(FAILURE)


@models.command("rollback")
@json_option
def rollback(as_json: bool) -> None:
    """Take the champion out of use and restore the one before it."""
    with _commands() as commands:
        gone, restored = commands.roll_back()
    report = {"rolled_back": gone.id, "champion": None if restored is None else restored.id}
    after = (
        "no model is the champion now"
        if restored is None
        else f"model {restored.id} ({restored.name}) is it again"
    )
    print_result(report, f"Model {gone.id} ({gone.name}) is no champion any more; {after}.", as_json=as_json)
