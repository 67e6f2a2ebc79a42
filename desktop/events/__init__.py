"""Events (事件): what is found, and the loop of steps by which it is closed.

``service`` is all that one may do with them, ``timeline`` how one of them went, ``words`` how
moments and limits are said. What they come to in figures is ``desktop.figures``.
"""
