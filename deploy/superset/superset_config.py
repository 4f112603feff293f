"""Superset's settings in Docker Compose. What is not here is Superset's default."""
import os
from pathlib import Path

# Signs sessions and encrypts what Superset keeps of its connections.
SECRET_KEY = Path(os.environ["SUPERSET_SECRET_KEY_FILE"]).read_text().strip()

# What Superset knows of itself: users, charts, dashboards. A file suffices for one process; it is in the volume.
SQLALCHEMY_DATABASE_URI = f"sqlite:///{os.environ['SUPERSET_HOME']}/superset.db?check_same_thread=false"

# The datasets write their bounds in time as literals, with Jinja.
FEATURE_FLAGS = {"ENABLE_TEMPLATE_PROCESSING": True}

# tetra_dashboards may run a statement for ten seconds.
SUPERSET_WEBSERVER_TIMEOUT = 30
SQLLAB_TIMEOUT = 10
