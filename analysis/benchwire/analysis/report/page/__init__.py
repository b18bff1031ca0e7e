"""The report as one page of HTML that needs nothing else: no script, no font, no network."""

from benchwire.analysis.report.page.report_page import report_page

__all__ = ["report_page"]
