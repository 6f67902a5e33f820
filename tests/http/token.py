"""Signs in with a one-time link, sets a password where one is given, and makes an API token, as a person does in the browser. Prints the token."""

import re
import sys
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

base, secret, *password = sys.argv[1:]
jar = CookieJar()
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))


def post(path: str, **fields: str) -> str:
    request = urllib.request.Request(base + path, urllib.parse.urlencode(fields).encode())
    request.add_header("Origin", base)
    return opener.open(request).read().decode()


post("/sign-in/link", token=secret)
if password:
    post("/settings/password", new=password[0])
page = post("/settings/tokens", name="test", days="1")
print(re.search(r"alv_[A-Za-z0-9_-]{20,}", page).group(0))
