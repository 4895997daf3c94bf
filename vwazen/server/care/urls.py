"""Pages about people. A person's id stands in the address; nothing else about them does."""

from django.urls import path

from vwazen.server.care.views import caseload, chart, people, review, risk, screen, triage

urlpatterns = [
    path("", caseload.home, name="home"),
    path("caseload", caseload.caseload, name="caseload"),
    path("people", people.find, name="find-person"),
    path("people/new", people.register, name="register-person"),
    path("people/<str:person>", chart.chart, name="chart"),
    path("people/<str:person>/edit", people.correct, name="correct-person"),
    path("people/<str:person>/do/<slug:action>", chart.act, name="chart-act"),
    path("people/<str:person>/same", people.same, name="same-person"),
    path("people/<str:person>/ask", screen.choose, name="screen"),
    path("people/<str:person>/ask/<slug:instrument>", screen.ask, name="ask"),
    path("people/<str:person>/answers/<str:fact>", screen.result, name="answers"),
    path("people/<str:person>/review", review.packet, name="packet"),
    path("people/<str:person>/risk", risk.new, name="risk-new"),
    path("people/<str:person>/risk/<str:risk>", risk.steps, name="risk"),
    path("people/<str:person>/risk/<str:risk>/do/<slug:action>", risk.act, name="risk-act"),
    path("people/<str:person>/plan", risk.plan, name="safety-plan"),
    path("risk", risk.board, name="risk-board"),
    path("review", review.queue, name="review"),
    path("review/tasks", review.tasks, name="tasks"),
    path("triage", triage.triage, name="triage"),
    path("triage/<str:person>", triage.decide, name="triage-decide"),
]
