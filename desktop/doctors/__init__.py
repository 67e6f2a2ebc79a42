"""Family doctors (家庭医生): teams, what they are paired with, key residents and visits.

``pairings`` and ``visits`` hold what one may do with those two, ``service`` the rest; ``board`` is
the sheet that hangs in the village; ``step_dialog`` asks who confirms or ends a pairing. Who is a
key resident and why is sensitive: no list shows or asks by it, only the panel of one person does.
"""
