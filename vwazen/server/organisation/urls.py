"""The addresses of this app's pages. No address holds a name."""

from django.urls import path

from vwazen.server.organisation.views import account, phones, roster, sign_in, sites, workers

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign-in-code"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("account/", account.account, name="account"),
    path("account/password/", account.change_password, name="change-password"),
    path("account/second-step/", account.second_factor, name="second-factor"),
    path("sites/", sites.sites, name="sites"),
    path("sites/<slug:code>/", sites.site, name="site"),
    path("workers/", workers.workers, name="workers"),
    path("workers/add/", workers.add, name="worker-add"),
    path("workers/<uuid:pk>/", workers.worker, name="worker"),
    path("workers/<uuid:pk>/posts/<int:post>/end/", workers.end_post, name="post-end"),
    path("workers/<uuid:pk>/unlock/", workers.unlock, name="worker-unlock"),
    path("workers/<uuid:pk>/password/", workers.reset_password, name="worker-password"),
    path("workers/<uuid:pk>/second-step/", workers.drop_second_factor, name="worker-second-factor"),
    path("workers/<uuid:pk>/details/", workers.details, name="worker-details"),
    path("workers/<uuid:pk>/minutes/", workers.minutes, name="worker-minutes"),
    path("workers/<uuid:pk>/deactivate/", workers.deactivate, name="worker-deactivate"),
    path("workers/<uuid:pk>/phones/", phones.of_worker, name="worker-phones"),
    path("workers/<uuid:pk>/phones/enrol/", phones.make_code, name="phone-enrol"),
    path("workers/<uuid:pk>/phones/enrol/<uuid:code>/", phones.code, name="phone-code"),
    path("workers/<uuid:pk>/phones/<uuid:device>/take-away/", phones.revoke, name="phone-revoke"),
    path("phones/", phones.phones, name="phones"),
    path("roster/", roster.overview, name="roster"),
    path("roster/<slug:code>/", roster.week, name="roster-week"),
    path("roster/<slug:code>/<int:pk>/end/", roster.end, name="on-call-end"),
]
