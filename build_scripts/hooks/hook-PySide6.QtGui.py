"""PyInstaller's own hook for QtGui, less the plugins that a village PC never loads.

The GTK theme brings half of GTK along, in the freezing machine's version; the window has its own
style. The others draw without a desktop.
"""

from PyInstaller.utils.hooks.qt import add_qt6_dependencies

NEVER = ("libqgtk3", "eglfs", "egldeviceintegrations", "libqlinuxfb", "libqvnc", "libqvkkhrdisplay")

hiddenimports, binaries, datas = add_qt6_dependencies(__file__)
binaries = [pair for pair in binaries if not any(name in pair[0] for name in NEVER)]
