"""Sends one picture as a client's documentation shows it: client.py KIND URL FILE"""
import base64
import sys

kind, url, file = sys.argv[1:]
module, how = kind.split("-")
data = open(file, "rb").read()

if module == "requests":
    import requests

    if how == "form":
        requests.post(url, files={"image": open(file, "rb")}, data={"angle": 90})
    elif how == "data":
        requests.post(url, params={"angle": 90}, data=data)
    else:
        requests.post(url, json={"image": base64.b64encode(data).decode(), "angle": 90})
elif module == "httpx":
    import httpx

    if how == "form":
        httpx.post(url, files={"image": open(file, "rb")}, data={"angle": "90"})
    else:
        httpx.post(url, params={"angle": 90}, content=data)
elif module == "aiohttp":
    import asyncio

    import aiohttp

    async def send():
        form = aiohttp.FormData({"angle": "90"})
        form.add_field("image", open(file, "rb"))
        async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
            await answer.read()

    asyncio.run(send())
else:
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{url}?angle=90", data=data)).read()
