# Reads a stream with the standard library and prints it as it arrives.
import sys
import urllib.request
import zlib

request = urllib.request.Request(sys.argv[1], headers={"Accept-Encoding": "gzip"})
with urllib.request.urlopen(request) as response:
    print("gzip", response.headers["Content-Encoding"] == "gzip", flush=True)
    inflate = zlib.decompressobj(wbits=31)
    while part := response.read1(65536):
        sys.stdout.write(inflate.decompress(part).decode())
        sys.stdout.flush()
    if not inflate.eof:
        sys.exit("The gzip stream has no end")
