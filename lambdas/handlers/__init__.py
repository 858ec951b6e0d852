"""What Lambda calls: one module a function, and what they share.

What a function imports stays for good. Looking through it for garbage, again and again while it grows, would take
up to a sixth of a cold start; so Python first looks when there is more than all imports make.
"""

import gc

gc.set_threshold(200_000)
