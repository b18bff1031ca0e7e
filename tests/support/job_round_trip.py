"""Exports jobs from one view store, and turns what was written into the lines of its import."""

from pathlib import Path

from tests.support.history_lines import START, Sent
from tests.support.view_store import ViewStore

from benchwire.analysis.job_export.directory import Exported, ExportRequest, export_job
from benchwire.analysis.job_export.event_rows import Store
from benchwire.producer.importers.errors import ImportRefused
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.importing import EMITTER, EPOCH, identity_of
from benchwire.producer.importers.kinds import kind_named
from benchwire.producer.importers.notices import Notices
from benchwire.schemas.line import LineTemplate
from benchwire.schemas.prepare import PayloadPreparer


def export(
    store: ViewStore, job_id: str, directory: Path, *, experiment_id: str | None = None
) -> Exported:
    """Export one job."""
    request = ExportRequest(
        job_id=job_id, experiment_id=experiment_id, directory=directory, overwrite=False
    )
    return export_job(Store(rows=store.answers, blocks=store.blocks), request)


def imported(*folders: Path) -> list[Sent]:
    """What `benchwire import harbor` sends for these directories, without the seals."""
    notices = Notices(strict=True)
    sent: list[Sent] = []
    prepare = PayloadPreparer()
    search = Search(notices=notices, refuse=_raise)
    for recording in kind_named("harbor").importer().find(folders, search):
        run = recording.translate(Translating(notices=notices))
        identity = identity_of(run)
        template = LineTemplate(
            experiment_id=identity.experiment_id,
            job_id=identity.job_id,
            policy_id=identity.policy_id,
            task_id=identity.task_id,
            run_id=identity.run_id,
            emitter=EMITTER,
            epoch=EPOCH,
            cfg_hash=identity.cfg_hash,
            env_hash=identity.env_hash,
            seed=identity.seed,
            trace_id=identity.trace_id,
        )
        for seq, event in enumerate(run.events):
            data = prepare.encode(event.event_type, event.payload)
            line, _, _ = template.line(event.event_type, event.ts, seq, event.step_id, data)
            sent.append(Sent(line, START))
    return sent


def _raise(refused: ImportRefused) -> None:
    raise refused
