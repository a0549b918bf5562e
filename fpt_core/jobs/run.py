"""A request goes in, a generator of events comes out."""

from __future__ import annotations

from collections.abc import Generator

from fpt_core.device_trouble import told
from fpt_core.errors import translate_os_error
from fpt_core.events import Event
from fpt_core.jobs.requests import (
    AddBackboneRequest,
    AuditRequest,
    CasesRequest,
    CompareRequest,
    DownloadBackboneRequest,
    EstimateRequest,
    EvaluateRequest,
    ExportRequest,
    ForecastRequest,
    FramesRequest,
    HandOnRequest,
    ImportRequest,
    PredictRequest,
    PrepareRequest,
    QueueRequest,
    ReportRequest,
    Request,
    TrainRequest,
    WatchRequest,
)
from fpt_core.jobs.test_looks import counted


def run(request: Request) -> Generator[Event, None, None]:
    """Carry out ``request``; the last event is ``Finished``.

    Close the generator to stop the job between two events: what was done is kept.

    Raises:
        FptError: If the job cannot go on, in words for the person who asked.
    """
    try:
        with told():
            yield from counted(request, _job(request))
    except OSError as error:
        raise translate_os_error(error, error.filename or "the project folder") from error


def _job(request: Request) -> Generator[Event, None, None]:
    # Each job is imported when it is asked for: importing images needs no torch.
    match request:
        case ImportRequest():
            from fpt_core.jobs.import_images import import_images

            return import_images(request)
        case AuditRequest():
            from fpt_core.jobs.audit import audit

            return audit(request)
        case PrepareRequest():
            from fpt_core.jobs.prepare import prepare

            return prepare(request)
        case TrainRequest():
            from fpt_core.jobs.train import train

            return train(request)
        case EstimateRequest():
            from fpt_core.jobs.estimate import estimate

            return estimate(request)
        case ForecastRequest():
            from fpt_core.jobs.forecast import forecast

            return forecast(request)
        case EvaluateRequest():
            from fpt_core.jobs.evaluate import evaluate

            return evaluate(request)
        case CasesRequest():
            from fpt_core.jobs.cases import cases

            return cases(request)
        case CompareRequest():
            from fpt_core.jobs.compare import compare_runs

            return compare_runs(request)
        case PredictRequest():
            from fpt_core.jobs.predict import predict

            return predict(request)
        case FramesRequest():
            from fpt_core.jobs.predict_frames import predict_frames

            return predict_frames(request)
        case QueueRequest():
            from fpt_core.jobs.predict_queue import predict_queue

            return predict_queue(request)
        case HandOnRequest():
            from fpt_core.jobs.hand_on import hand_on

            return hand_on(request)
        case WatchRequest():
            from fpt_core.jobs.watch import watch

            return watch(request)
        case ExportRequest():
            from fpt_core.jobs.export import export

            return export(request)
        case AddBackboneRequest():
            from fpt_core.jobs.add_backbone import add_backbone

            return add_backbone(request)
        case DownloadBackboneRequest():
            from fpt_core.jobs.add_backbone import download_backbone

            return download_backbone(request)
        case ReportRequest():
            from fpt_core.jobs.report import report

            return report(request)
