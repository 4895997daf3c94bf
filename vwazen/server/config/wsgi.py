import os

import django
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vwazen.server.config.settings")
django.setup()

from vwazen.server.bodies import Patient  # noqa: E402  models load after Django
from vwazen.server.interop import worker  # noqa: E402  models load after Django
from vwazen.server.record import background, installed, remaking  # noqa: E402  models load after Django
from vwazen.server.sync.nodes import link  # noqa: E402  models load after Django
from vwazen.server.web import warm  # noqa: E402  models load after Django

installed.check()
remaking.check()
application = Patient(get_wsgi_application())
warm.ready()
background.start()
worker.start()
link.start()
