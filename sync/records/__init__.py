"""The concepts of the field, each field declared once. See sync/README.md for how to add one."""

from sync.records.attachments import Attachment
from sync.records.base import KINDS, SYSTEM_COLUMNS, Kept, Record, Values, Written, metadata
from sync.records.boundaries import GridBoundary
from sync.records.conflicts import Conflict
from sync.records.divisions import Division
from sync.records.fields import Field, FieldError, Privacy, Value
from sync.records.grids import Grid, GridChange
from sync.records.lists import ListItem
from sync.records.points import PointsEntry, PointsSubject
from sync.records.residents import Household, Resident
from sync.records.rights import PointsHandover, PointsRequest
from sync.records.settlements import Milestone, ProgressReport, Project, Settlement

__all__ = [
    "KINDS",
    "SYSTEM_COLUMNS",
    "Attachment",
    "Conflict",
    "Division",
    "Field",
    "FieldError",
    "Grid",
    "GridBoundary",
    "GridChange",
    "Household",
    "Kept",
    "ListItem",
    "Milestone",
    "PointsEntry",
    "PointsHandover",
    "PointsRequest",
    "PointsSubject",
    "Privacy",
    "ProgressReport",
    "Project",
    "Record",
    "Resident",
    "Settlement",
    "Value",
    "Values",
    "Written",
    "metadata",
]
