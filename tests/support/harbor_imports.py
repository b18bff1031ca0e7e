"""Imports trials of Harbor that a test has made."""

from tests.support.harbor_jobs import JobTree
from tests.support.translations import Translation, translations


def only(tree: JobTree) -> Translation:
    (found,) = translations("harbor", tree.folder)
    return found
