"""Events (事件): what is found, and the loop of steps by which it is closed.

``service`` is all that one may do with them, ``timeline`` how one of them went, ``figures`` what
they come to, ``words`` how moments and limits are said.
"""
