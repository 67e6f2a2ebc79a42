"""Events (事件): what is found, and the loop of steps by which it is closed.

Without Qt: ``service`` is all that one may do with them, ``standing`` where one of them stands,
``views`` the lists by what waits, ``timeline`` how one went, ``half_written`` the drafts of steps,
``story`` all that screen and paper tell of one at once, ``sheet`` the page that is printed and
signed, ``words`` how moments and limits are said. What they come to in figures is
``desktop.figures``.

On the screen: ``page`` puts together the list (``list_view``) and what covers it, the fast entry
(``fast_entry``: its fields ``entry_form``, what was just noted ``recent``) and the paper. The panel
of one event (``panel``) shows where it stands (``standing_line``), what may be done next
(``next_steps``, written in ``step_form``) and its steps (``steps_list``). ``looks`` gives states
and limits their icon, word and colour.
"""
