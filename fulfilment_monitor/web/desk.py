"""The blueprint of the department's pages: everything here is about contracts it answers for."""

from flask import Blueprint

bp = Blueprint("clerk", __name__, url_prefix="/desk")
