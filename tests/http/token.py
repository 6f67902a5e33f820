"""Signs in with a one-time link, sets a password where one is given, and makes an API token, as a person does in the browser. Prints the token."""

import re
import sys
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

base, secret, *more = sys.argv[1:]
# Whether it may send events of any shopper.
scopes = {"events": "1"} if "--events" in more else {}
password = [one for one in more if one != "--events"]
jar = CookieJar()
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))


def post(path: str, **fields: str) -> str:
    request = urllib.request.Request(base + path, urllib.parse.urlencode(fields).encode())
    request.add_header("Origin", base)
    return opener.open(request).read().decode()


post("/sign-in/link", token=secret)
if password:
    post("/settings/password", new=password[0])
page = post("/settings/tokens", name="test", days="1", **scopes)
print(re.search(r"alv_[A-Za-z0-9_-]{20,}", page).group(0))
