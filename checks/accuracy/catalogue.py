"""Every closed form that is measured, in the order of the page."""

from checks.accuracy import optima, risks, samples, trainings
from checks.accuracy.form import Form

FORMS: tuple[Form, ...] = (*risks.FORMS, *optima.FORMS, *samples.FORMS, *trainings.FORMS)
