"""Load for people who use Locust: visitors who open the page, and have a picture looked at or turned.

    pip install locust
    locust -f scripts/stress/locustfile.py --host http://127.0.0.1:8080                  # with its web page
    locust -f scripts/stress/locustfile.py --host http://127.0.0.1:8080 --headless \
        -u 100 -r 10 -t 60s --csv out --html report.html

Each answer is checked, not only its status.
"""

import itertools
import random
from pathlib import Path

from locust import HttpUser, between, task

SAMPLES = Path(__file__).resolve().parents[2] / "functions/frontend-fn/page/samples"
PHOTOS = {
    "cat": (SAMPLES / "cat.jpg").read_bytes(),
    "coffee cup": (SAMPLES / "coffee.jpg").read_bytes(),
    "rocket": (SAMPLES / "rocket.jpg").read_bytes(),
}
COUNT = itertools.count()


def fresh(photo):
    """The same picture, never the same bytes: nothing is answered from a cache."""
    return photo + f"{next(COUNT)} {random.random()}".encode()


class Visitor(HttpUser):
    wait_time = between(1, 5)

    @task
    def page(self):
        with self.client.get("/function/frontend-fn", name="page", catch_response=True) as answer:
            if answer.ok and "<form" not in answer.text:
                answer.failure("not the page")

    @task
    def predict(self):
        photo = fresh(random.choice(list(PHOTOS.values())))
        with self.client.post(
            "/function/pipeline-fn/predict", files={"file": photo}, name="predict", catch_response=True
        ) as answer:
            if answer.ok and set(answer.json()) != {"success", "prediction", "score"}:
                answer.failure("not three keys")

    @task
    def classify(self):
        label, photo = random.choice(list(PHOTOS.items()))
        query = {"labels": ",".join(PHOTOS), "minCosine": 0}
        with self.client.post(
            "/function/clip-fn", params=query, data=fresh(photo), name="classify", catch_response=True
        ) as answer:
            if answer.ok and answer.json()["labels"][0]["label"] != label:
                answer.failure(f"a {label} was taken for something else")

    @task
    def rotate(self):
        photo = fresh(PHOTOS["rocket"])
        with self.client.post(
            "/function/rotate-fn", params={"angle": 90}, data=photo, name="rotate", catch_response=True
        ) as answer:
            size = (answer.headers.get("X-Image-Width"), answer.headers.get("X-Image-Height"))
            if answer.ok and size != ("400", "600"):
                answer.failure(f"its size is {size}")
