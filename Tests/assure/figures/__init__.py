# SPDX-License-Identifier: AGPL-3.0-or-later
"""One file a figure: GOAL, and `measure(quick, work)`, which gives what was measured and whether it was `met`."""
