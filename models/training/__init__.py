"""Adversarial training on images: the paper's experiments, resumable, recorded, on CPU and GPU."""

from models.training.experiments import EXPERIMENTS as EXPERIMENTS
from models.training.experiments import experiment as experiment
from models.training.record import Record as Record
from models.training.record import Run as Run
from models.training.record import load_record as load_record
from models.training.record import save_record as save_record
from models.training.run import Options as Options
from models.training.run import train as train
