"""Logs to the notebook and to a file, at every level, from the root logger on.

says: a line of the log
stock: run
"""
import logging

logging.basicConfig(level=logging.INFO, handlers=[logging.StreamHandler(), logging.FileHandler("run.log")], force=True)
logging.getLogger("training").warning("a line of the log")
