# Reads a stream with requests, line by line, and prints them.
import sys

import requests

headers = {"Accept-Encoding": sys.argv[2]}
with requests.get(sys.argv[1], headers=headers, stream=True) as response:
    print("gzip", response.headers.get("Content-Encoding") == "gzip", flush=True)
    for line in response.iter_lines(decode_unicode=True):
        print(line, flush=True)
