"""The official SendGrid client of PyPI on the simulated SendGrid, unchanged.

Usage: mail_python.py BASE_URL KEY. Prints one line per check and a closing line `N passed, M failed`; the exit code tells the same.
"""

import json
import sys
import traceback

from python_http_client.exceptions import BadRequestsError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import BatchId, Mail, Personalization, SendAt, To

base_url, key = sys.argv[1:3]
client = SendGridAPIClient(key, host=base_url)
checks = []


def check(run):
    checks.append(run)
    return run


def plain(to):
    return Mail(from_email="shop@example.com", to_emails=to, subject="Hello", plain_text_content="Hi")


@check
def one_mail_is_taken():
    answer = client.send(plain("ada@example.com"))
    assert answer.status_code == 202 and answer.headers["x-message-id"].startswith("sg")


@check
def many_personalizations_of_a_template_are_one_request():
    mail = Mail(from_email="shop@example.com")
    mail.template_id = "d-00000000000000000000000000000003"
    for number in range(300):
        one = Personalization()
        one.add_to(To(f"p{number}@example.com"))
        one.dynamic_template_data = {"name": f"P{number}", "code": "x"}
        mail.add_personalization(one)
    assert client.send(mail).status_code == 202


@check
def a_wrong_address_is_refused_by_its_place():
    try:
        client.send(plain("ada@nodot"))
    except BadRequestsError as refused:
        assert json.loads(refused.body)["errors"][0]["field"] == "personalizations.0.to.0.email"
    else:
        raise AssertionError("it was taken")


@check
def templates_and_suppressions_are_read():
    found = json.loads(client.client.templates.get(query_params={"generations": "dynamic", "page_size": 200}).body)
    assert len(found["result"]) == 3
    bounces = json.loads(client.client.suppression.bounces.get().body)
    assert any(one["email"] == "gone@example.com" for one in bounces)
    assert len(json.loads(client.client.asm.groups.get().body)) == 2


@check
def a_send_waits_and_is_canceled():
    import time

    batch = json.loads(client.client.mail.batch.post().body)["batch_id"]
    mail = plain("later@example.com")
    mail.send_at, mail.batch_id = SendAt(int(time.time()) + 3600), BatchId(batch)
    assert client.send(mail).status_code == 202
    answer = client.client.user.scheduled_sends.post(request_body={"batch_id": batch, "status": "cancel"})
    assert answer.status_code == 201


passed = failed = 0
for run in checks:
    try:
        run()
    except Exception:
        failed += 1
        print(f"FAILED {run.__name__}: {traceback.format_exc()}")
    else:
        passed += 1
        print(f"ok {run.__name__.replace('_', ' ')}")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
