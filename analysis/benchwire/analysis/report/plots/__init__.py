"""The plots of a report: SVG written here, coloured by the page's style sheet.

A plotting library draws for one theme, brings its fonts as outlines or needs a script; these are
a few marks each, follow light, dark and print by themselves, and are the same bytes every time.
"""
