"""Talks to the gRPC edge as a program of somebody else's would: with stubs that grpcio makes of our contracts.

usage: client.py ADDRESS STUBS PICTURE

Prints one JSON object of all that was answered, bytes as base64; test/grpc-python.test.ts compares it.
"""

import base64
import json
import sys

import grpc
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

address, stubs, picture = sys.argv[1:4]
sys.path.insert(0, stubs)

import nl_image_service_pb2 as nl  # noqa: E402
import nl_image_service_pb2_grpc as nl_grpc  # noqa: E402
from obscura.v1 import image_pb2 as pb  # noqa: E402
from obscura.v1 import image_pb2_grpc as pb_grpc  # noqa: E402


def base64_of(data):
    return base64.b64encode(data).decode("ascii")


def image_service(channel, data):
    service = pb_grpc.ImageServiceStub(channel)
    source = pb.Picture(data=data)
    turned = service.Rotate(pb.RotateRequest(picture=source, angle=90), timeout=20)
    chained = service.Transform(
        pb.TransformRequest(
            picture=source,
            steps=[
                pb.Step(operation="resize", options=[pb.Option(name="width", value="20")]),
                pb.Step(operation="grayscale"),
            ],
            output=pb.Output(format=pb.FORMAT_WEBP, quality=70),
        ),
        timeout=20,
    )
    seen = service.Classify(
        pb.ClassifyRequest(picture=source, labels=["cat", "dog"], min_cosine=0), timeout=20
    )
    return {
        "rotate": {"data": base64_of(turned.data), "width": turned.width, "height": turned.height},
        "transform": {"data": base64_of(chained.data), "type": chained.content_type},
        "labels": [[each.label, each.score, each.cosine] for each in seen.labels],
    }


def failure(channel):
    """What a broken picture is answered with, details read by Google's own library."""
    try:
        pb_grpc.ImageServiceStub(channel).Rotate(
            pb.RotateRequest(picture=pb.Picture(data=b"no picture at all")),
            metadata=(("x-call-id", "python-1"),),
            timeout=20,
        )
    except grpc.RpcError as error:
        info = error_details_pb2.ErrorInfo()
        rpc_status.from_call(error).details[0].Unpack(info)
        return {
            "code": error.code().name,
            "message": error.details(),
            "reason": info.reason,
            "metadata": dict(info.metadata),
        }
    return None


def older_service(channel, data):
    service = nl_grpc.NLImageServiceStub(channel)
    ninety = nl.NLImageRotateRequest.NINETY_DEG
    rows = nl.NLImage(color=True, data=bytes(range(18)), width=3, height=2)
    encoded = nl.NLImage(color=True, data=data)
    turned_rows = service.RotateImage(nl.NLImageRotateRequest(rotation=ninety, image=rows), timeout=20)
    turned = service.RotateImage(nl.NLImageRotateRequest(rotation=ninety, image=encoded), timeout=20)
    same = service.RotateImage(nl.NLImageRotateRequest(image=encoded), timeout=20)
    score = service.CustomImageEndpoint(nl.NLCustomImageEndpointRequest(image=encoded), timeout=20)
    return {
        "rows": [list(turned_rows.data), turned_rows.width, turned_rows.height],
        "encoded": [base64_of(turned.data), turned.width, turned.height],
        "none": [base64_of(same.data), same.width, same.height],
        "score": score.score,
    }


def main():
    with open(picture, "rb") as file:
        data = file.read()
    with grpc.insecure_channel(address, compression=grpc.Compression.Gzip) as channel:
        health = health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(service="obscura.v1.ImageService"), timeout=5
        )
        print(
            json.dumps(
                {
                    "health": health_pb2.HealthCheckResponse.ServingStatus.Name(health.status),
                    "image": image_service(channel, data),
                    "failure": failure(channel),
                    "older": older_service(channel, data),
                }
            )
        )


main()
