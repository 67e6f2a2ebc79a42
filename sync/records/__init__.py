"""The concepts of the field, each field declared once. See sync/README.md for how to add one."""

from sync.records.attachments import Attachment
from sync.records.base import KINDS, SYSTEM_COLUMNS, Kept, Record, Values, Written, metadata
from sync.records.boundaries import GridBoundary
from sync.records.conflicts import Conflict
from sync.records.divisions import Division
from sync.records.doctors import (
    DoctorPairing,
    DoctorTeam,
    DoctorTeamMember,
    DoctorVisit,
    KeyResident,
)
from sync.records.events import Event, EventStep
from sync.records.fields import Field, FieldError, Privacy, Value
from sync.records.grids import Grid, GridChange
from sync.records.lists import ListItem
from sync.records.party import (
    PartyCommitment,
    PartyDeed,
    PartyGroup,
    PartyMember,
    PartyOrganisation,
)
from sync.records.points import PointsEntry, PointsSubject
from sync.records.residents import Household, Resident
from sync.records.rights import PointsHandover, PointsRequest
from sync.records.settlements import Milestone, ProgressReport, Project, Settlement
from sync.records.teams import Posting, ReadinessSwitch

__all__ = [
    "KINDS",
    "SYSTEM_COLUMNS",
    "Attachment",
    "Conflict",
    "Division",
    "DoctorPairing",
    "DoctorTeam",
    "DoctorTeamMember",
    "DoctorVisit",
    "Event",
    "EventStep",
    "Field",
    "FieldError",
    "Grid",
    "GridBoundary",
    "GridChange",
    "Household",
    "Kept",
    "KeyResident",
    "ListItem",
    "Milestone",
    "PartyCommitment",
    "PartyDeed",
    "PartyGroup",
    "PartyMember",
    "PartyOrganisation",
    "PointsEntry",
    "PointsHandover",
    "PointsRequest",
    "PointsSubject",
    "Posting",
    "Privacy",
    "ProgressReport",
    "Project",
    "ReadinessSwitch",
    "Record",
    "Resident",
    "Settlement",
    "Value",
    "Values",
    "Written",
    "metadata",
]
