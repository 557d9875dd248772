"""Protocols, and runs that record what data was made from."""

import datetime as dt

from schema.fields import AnyOf, Column, Many, One, Paged, entity, field
from schema.pagination import Connection
from schema.reads import Children
from schema.types import lazy
from schema.types.annotated import Annotated, annotatable
from schema.types.choices import choice
from schema.types.made import objects_of_protocols
from schema.types.nodes import Node
from schema.types.owned import Owned
from schema.types.scalars import KeyValue, Time, pairs, time
from store import models
from store.models.enums import RunRole, RunStatus


@entity(models.ProtocolStep)
class ProtocolStep(Owned):
    """One step of a protocol."""

    protocol: lazy.Protocol | None = field("The protocol.", One("protocol_id"))
    index: int = field("Its place, from 0.")
    title: str | None = field("What it is called.")
    text: str | None = field("What to do.")
    duration: Time | None = field("How long it takes.", Column(time, "duration", "duration_unit"))


@entity(models.ProtocolReagent)
class ProtocolReagent(Owned):
    """One substance that a protocol needs."""

    protocol: lazy.Protocol | None = field("The protocol.", One("protocol_id"))
    index: int = field("Its place, from 0.")
    name: str = field("Name.")
    identifier: str | None = field("Such as a catalogue number or an RRID.")
    supplier: str | None = field("Who sells it.")
    amount: str | None = field("How much of it.")


@entity(models.ProtocolIdentifier)
class ProtocolIdentifier(Owned):
    """One identifier of a protocol outside, such as a DOI or a page of protocols.io."""

    protocol: lazy.Protocol | None = field("The protocol.", One("protocol_id"))
    system: str = field("Who gave it, such as doi.")
    value: str = field("The identifier.")


@entity(models.Protocol)
@annotatable
class Protocol(Owned, Annotated):
    """One version of a protocol: how something is done."""

    name: str = field("Name; versions of a protocol share it.")
    description: str | None = field("Free text.")
    label: str | None = field("What people call this version, such as 2.1.")
    type: str | None = field("What it is for, such as imaging or staining.")
    identifier: str | None = field("Main identifier outside, such as a DOI.")
    previous: lazy.Protocol | None = field("The version that it replaces.", One("previous_id"))
    next: list[lazy.Protocol] = field(
        "The versions that replace it.",
        Many(Children(models.Protocol, parent="previous_id"), "id"),
    )
    steps: list[ProtocolStep] = field(
        "The steps.", Many(Children(models.ProtocolStep, parent="protocol_id"), "index")
    )
    reagents: list[ProtocolReagent] = field(
        "What it needs.", Many(Children(models.ProtocolReagent, parent="protocol_id"), "index")
    )
    identifiers: list[ProtocolIdentifier] = field(
        "Its identifiers outside.",
        Many(Children(models.ProtocolIdentifier, parent="protocol_id"), "id"),
    )
    instruments: list[lazy.Instrument] = field(
        "The instruments that it uses.",
        Many(Children(models.Instrument, models.ProtocolInstrumentLink), "id"),
    )
    files: list[lazy.OriginalFile] = field(
        "Attached files.", Many(Children(models.OriginalFile, models.ProtocolFileLink), "id")
    )
    projects: Connection[lazy.Project] = field(
        "The projects that it was used for.", objects_of_protocols(models.Project)
    )
    datasets: Connection[lazy.Dataset] = field(
        "The datasets that were made by it.", objects_of_protocols(models.Dataset)
    )
    screens: Connection[lazy.Screen] = field(
        "The screens that were done by it.", objects_of_protocols(models.Screen)
    )
    plates: Connection[lazy.Plate] = field(
        "The plates that were made by it.", objects_of_protocols(models.Plate)
    )
    images: Connection[lazy.Image] = field(
        "The images that were made by it.", objects_of_protocols(models.Image)
    )
    experiments: Connection[lazy.Experiment] = field(
        "The experiments that followed it.",
        Paged(Children(models.Experiment, parent="protocol_id")),
    )
    runs: Connection[lazy.Run] = field(
        "The uses of it that were recorded.", Paged(Children(models.Run, parent="protocol_id"))
    )


@entity(models.Run)
@annotatable
class Run(Owned, Annotated):
    """One use of software or of a protocol that made data from data."""

    name: str = field("Name; need not be unique.")
    description: str | None = field("Free text.")
    protocol: Protocol | None = field("The protocol that it followed.", One("protocol_id"))
    software: str | None = field("The software.")
    software_version: str | None = field("Its version.")
    parameters: list[KeyValue] | None = field(
        "What the software was told, in order.", Column(pairs, cached=False)
    )
    status: RunStatus | None = field("How it ended, if it has.", Column(choice(RunStatus)))
    start_time: dt.datetime | None = field("When it began.")
    end_time: dt.datetime | None = field("When it ended.")
    inputs: Connection[lazy.RunLink] = field(
        "What it read.",
        Paged(Children(models.RunLink, parent="run_id", where=(("role", "input"),))),
    )
    outputs: Connection[lazy.RunLink] = field(
        "What it made.",
        Paged(Children(models.RunLink, parent="run_id", where=(("role", "output"),))),
    )


@entity(models.RunLink)
class RunLink(Owned):
    """One object that a run read or made."""

    run: Run | None = field("The run.", One("run_id"))
    role: RunRole = field("What it was to the run.", Column(RunRole))
    object: Node | None = field(
        "The object; null if you cannot see it.", AnyOf("object_type", "object_id")
    )
