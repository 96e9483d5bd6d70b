"""Passwords that an attacker tries first: the commonest, and those that are known to have leaked."""

import hashlib
import os
from pathlib import Path

from surtitle.errors import Unavailable

_HASH_CHARACTERS = 40

# The head of every published list, where it has eight characters or more; compared without case.
_COMMONEST = frozenset(
    """
    00000000 000000000 0000000000 0123456789 0987654321 09876543 1029384756 10203040 1111111111 11111111
    111111111 11223344 1122334455 112233445566 11235813 12121212 123123123 12341234 1234512345 12344321
    12345678 123456789 1234567890 12345678910 123456789a 123456789q 12345679 1234554321 123454321 1234qwer
    123654789 123698745 123abc123 123qweasd 123qwe123 12qwaszx 13131313 147258369 147852369 159357456
    159753456 19841984 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 20202020 21212121
    22222222 23232323 25252525 31415926 33333333 44444444 55555555 66666666 69696969 741852963 77777777
    7777777777 789456123 8675309a 87654321 88888888 963852741 987654321 9876543210 99999999 999999999
    a1234567 a12345678 a123456789 aa123456 aa12345678 aaaaaaaa abc12345 abc123456 abcd1234 abcdefgh
    abcdefg1 access14 adgjmptw admin123 admin1234 admin12345 administrator alexander anthony1 asdasdasd
    asdf1234 asdfasdf asdfghjk asdfghjkl asdfghjkl1 ashley12 azertyuiop babygirl babygirl1 barcelona
    baseball baseball1 basketball blink182 bonjour1 brandon1 butterfly caroline changeme changeme1
    changeme123 charlie1 chelsea1 chocolate christian christopher cocacola computer computer1 consumer
    corvette courtney cowboys1 creative daniel12 danielle december default1 dolphins doudou12 dragon12
    dragon123 einstein elephant elizabeth facebook fernando football football1 forever1 freedom1 gabriela
    gabriel1 garfield ginger12 goldfish google123 guitar12 hannah12 hello123 hello1234 hellokitty hercules
    highland iloveyou iloveyou1 iloveyou2 iloveyou! internet ihateyou isabella jasmine1 jennifer jennifer1
    jessica1 jonathan jordan23 junior12 juventus killer12 kimberly l58jkdjp! lasvegas leonardo letmein1
    letmein123 letmein! liverpool liverpool1 lovelove loveyou1 madison1 manchester marlboro marseille
    master12 master123 matthew1 maverick maxwell1 mercedes metallic metallica michael1 michelle michigan
    midnight mohammed monkey12 monkey123 mustang1 myspace1 natalie1 nicholas nicole12 nintendo november
    october1 passw0rd passw0rd! passw0rd1 password password! password1 password1! password12 password123
    password123! password1234 password2 password3 patrick1 pa55word p@ssw0rd p@ssw0rd1 p@ssword p@ssword1
    pakistan peanut12 pineapple playboy1 pokemon1 portugal postgres princess princess1 q1w2e3r4 q1w2e3r4t5
    q1w2e3r4t5y6 qazwsx12 qazwsx123 qazwsxedc qwaszx12 qweasdzxc qwer1234 qweqweqwe qwert123 qwert1234
    qwerty12 qwerty123 qwerty1234 qwerty12345 qwertyui qwertyuiop qwerty123456 rastafari rebecca1
    realmadrid redskins remember rockstar rockyou1 rootroot salvador samantha samsung1 sandiego santiago
    scorpion security september sebastian secret12 secret123 shadow12 shadow123 simpsons slipknot snowball
    soccer12 softball somebody spiderman spiderman1 starwars starwars1 startrek steelers stephanie
    student1 summer12 summer123 sunshine sunshine1 superman superman1 superstar swordfish teamo123
    tequiero test1234 test12345 testtest thailand thisisme thomas12 thunder1 tinkerbell tigger12 trustno1
    trustno1! undertaker vanessa1 victoria victoria1 valentina veronica warcraft welcome1 welcome12
    welcome123 welcome! whatever whatever1 william1 winner12 winston1 x4ivygA51F yankees1 zaq12wsx
    zaq1zaq1 zaq1xsw2 zxcv1234 zxcvbnm1 zxcvbnm123 zxcvbnma
    """.casefold().split()
)


def is_common(password: str) -> bool:
    """Whether the password is among the commonest."""
    return password.casefold() in _COMMONEST


def has_leaked(password: str, file: Path) -> bool:
    """Whether `file` lists the password: lines of `SHA1:COUNT` in the order of the hash, as Have I Been
    Pwned's downloader writes them. Looks at some 40 lines of a thousand million. Raises `Unavailable`.
    """
    wanted = hashlib.sha1(password.encode(errors="surrogatepass"), usedforsecurity=False).hexdigest()
    try:
        return _lists(file, wanted.upper().encode())
    except OSError as error:
        raise Unavailable(
            f"The list of breached passwords cannot be read ({error.strerror}), so that no password can be "
            "set. Mend SURTITLE_ACCOUNTS__BREACHED_PASSWORDS, or unset it."
        ) from error


def _lists(path: Path, wanted: bytes) -> bool:
    """Halves the stretch in which the line can begin until it is found, or nothing is left."""
    with path.open("rb") as file:
        low, high = 0, file.seek(0, os.SEEK_END)
        while low < high:
            middle = (low + high) // 2
            file.seek(max(middle - 1, 0))
            if middle:
                file.readline()  # to the first line that begins at `middle` or after it
            begins = file.tell()
            found = file.readline()[:_HASH_CHARACTERS].upper()
            if begins >= high or found > wanted:
                high = middle
            elif found == wanted:
                return True
            else:
                low = file.tell()
    return False
