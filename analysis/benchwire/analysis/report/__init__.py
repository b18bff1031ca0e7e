"""The report of one experiment: collected from the views once, rendered in several ways.

`scope` says what of the store it is about, the modules `…_rows` what is asked of which view,
`collect` asks it all into one `document`; `notes` adds what a reader should know. `sections`
makes tables of the document, which a terminal, `markdown` and `page` (HTML, with `plots`) show.
"""
