"""A box for a person who may be a resident, or somebody whom the register does not know."""

from __future__ import annotations

from desktop.widgets.reference_box import ReferenceBox


class PersonBox(ReferenceBox):
    """Finds residents as one types; what matches nobody stays as a name of somebody from outside.

    Nobody is chosen by being the only match: a stranger called 李 is not the one 李主任 there is.
    """

    takes_the_first = False

    def complaint(self) -> str:
        """Whatever stands there is a person's name."""
        return ""

    def outsider(self) -> str:
        """The name as typed, where no resident was chosen."""
        return "" if self.raw() else self.text().strip()

    def put_outsider(self, name: str) -> None:
        """Show the name of somebody from outside; emits nothing."""
        self.put("")
        self.setText(name)
        self._answered_for = name.strip()

    def namesakes(self) -> int:
        """How many residents bear exactly the name that was typed."""
        text = self.text().strip()
        return sum(1 for _id, name in self._choices if name == text) if text else 0

    def _settle(self) -> None:
        text = self.text().strip()
        exact = [choice for choice in self._choices if choice[1] == text]
        if text and not self._id and len(exact) == 1:
            self._id = exact[0][0]
            self._show(exact[0][1])
            self.typed.emit()
        self.settled.emit()
